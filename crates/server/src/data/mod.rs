//! Voxels of layers: scale levels, bricks, looks at the values, previews. Nothing here knows of HTTP or sessions.
