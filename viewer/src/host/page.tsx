/** The page of `voxsieve view`. */
