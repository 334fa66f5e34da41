//! Objects of tiles against those of the whole.

use super::*;

fn labels(shape: [u64; 3], sparse: u64) -> Block {
    let mut block = Block::zeros(Region::whole(shape), DType::U64);
    let mut state = 1u64;
    for voxel in block.as_mut_slice::<u64>() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        *voxel = (state >> 40) % 7 * sparse;
    }
    block
}

fn image(shape: [u64; 3]) -> Block {
    let mut block = Block::zeros(Region::whole(shape), DType::F32);
    for (index, voxel) in block.as_mut_slice::<f32>().iter_mut().enumerate() {
        *voxel = (index as f32 - 700.3) * 1e-3;
        if index % 97 == 0 {
            *voxel = [f32::NAN, 1e30, -1e30, f32::INFINITY][index % 4];
        }
    }
    block
}

/// All objects, measured in tiles of an edge, added up in so much memory.
fn measured(labels: &Block, image: &Block, edge: u64, memory: u64) -> (Vec<Object>, Whole) {
    let folder = tempfile::tempdir().unwrap();
    let survey = Survey {
        path: "labels".into(),
        region: labels.region,
        labels: DType::U64,
        image: Some(DType::F32),
    };
    let all = Measurements::new(survey, folder.path()).unwrap();
    let grid = voxsieve_core::Grid::new(labels.region.shape, [edge; 3]);
    for position in grid.positions() {
        let tile = grid.region(position);
        let seen = all.seen(&tile);
        let mut part = Block::zeros(seen, DType::U64);
        part.copy_from(labels, &seen);
        let mut grey = Block::zeros(tile, DType::F32);
        grey.copy_from(image, &tile);
        all.enter(&tile, &part, Some(&grey)).unwrap();
    }
    let mut objects = Vec::new();
    let whole = all
        .finish(memory, &|_| Ok(()), &mut |object| {
            objects.push(object.clone());
            Ok(())
        })
        .unwrap();
    (objects, whole)
}

#[test]
fn neither_tiles_nor_memory_change_anything() {
    let shape = [13, 17, 29];
    let (labels, image) = (labels(shape, u64::MAX / 7), image(shape));
    let (expected, mut whole) = measured(&labels, &image, 100, 1 << 20);
    let voxels = labels.as_slice::<u64>();
    assert_eq!(expected.len(), 6);
    for object in &expected {
        let own = voxels.iter().filter(|v| **v == object.id).count();
        assert_eq!(object.voxels, own as u64);
    }
    for (edge, memory) in [(1, 0), (4, 0), (5, 1 << 20), (13, 1 << 17)] {
        let (found, mut other) = measured(&labels, &image, edge, memory);
        assert_eq!(found, expected, "tiles of {edge}");
        // Boxes of background, or of one label, are not counted by all.
        for whole in [&mut whole, &mut other] {
            for boxes in [&mut whole.inside, &mut whole.outside] {
                (boxes[0], boxes[255]) = (0, 0);
            }
        }
        assert_eq!(other, whole, "tiles of {edge}");
    }
}

#[test]
fn negative_labels_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut block = Block::zeros(Region::whole([2; 3]), DType::I16);
    block.as_mut_slice::<i16>()[5] = -3;
    let survey = Survey {
        path: "labels".into(),
        region: block.region,
        labels: DType::I16,
        image: None,
    };
    let all = Measurements::new(survey, folder.path()).unwrap();
    let error = all.enter(&block.region, &block, None).unwrap_err();
    assert!(error.to_string().contains("-3"), "{error}");
}
