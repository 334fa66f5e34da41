//! Joining the parts of all tiles to objects, and giving the objects their values.
//!
//! Three walks over the tables in raster order of the tiles, which never hold more than a few tiles: parts that touch
//! are joined; the tiles' objects that begin there are listed; and, layer of tiles by layer, these are asked for in raster
//! order of their first voxels, which makes the values independent of how the volume was cut.

use crate::faces::{NOTHING, Side, high_sides, low_sides};
use crate::forest::{Forest, Known};
use crate::rule::{Judge, Rule, Sizes};
use crate::sight::{Entry, NONE, Part, Parts};
use crate::spill::{Place, Spill};
use voxsieve_core::{Crew, Grid, Ground, Region, Result};

/// Numbers of a listed object.
const LISTED: usize = 3;
/// Objects of a list that are read, or values that are written, at once.
const AT_ONCE: usize = 256;

/// The values of all parts, tile by tile.
pub struct Values {
    /// Where the values of a tile's parts lie, one number of [`Values::bytes`] each.
    pub places: Vec<Place>,
    /// Bytes of a value.
    pub bytes: usize,
    /// Objects that were found.
    pub objects: u64,
    /// Objects whose value is not 0.
    pub kept: u64,
}

/// Bytes that the numbers of so many objects need.
fn width(objects: u64) -> usize {
    if objects > u64::from(u32::MAX) { 8 } else { 4 }
}

/// The tables of all tiles on their way to values.
pub struct Settling<'a> {
    pub ground: &'a Ground,
    pub tiles: Grid,
    pub entries: &'a [Entry],
    pub spill: &'a Spill,
    /// For each tile the number of its first linked part.
    pub bases: Vec<u64>,
    pub forest: Forest,
    pub crew: &'a dyn Crew,
    buffer: Vec<u8>,
    spare: Parts,
}

impl<'a> Settling<'a> {
    pub fn new(
        ground: &'a Ground,
        entries: &'a [Entry],
        spill: &'a Spill,
        crew: &'a dyn Crew,
    ) -> Self {
        let base = |next: &mut u64, entry: &Entry| {
            *next += u64::from(entry.links);
            Some(*next - u64::from(entry.links))
        };
        Self {
            ground,
            tiles: ground.tiles(),
            entries,
            spill,
            bases: entries.iter().scan(0, base).collect(),
            forest: Forest::new(&ground.folder.join("forest"), crew.memory() / 4),
            crew,
            buffer: Vec::new(),
            spare: Parts::default(),
        }
    }

    /// Joins, lists and decides; `values` takes the values.
    /// So many objects come `before` these.
    pub fn values(mut self, before: u64, rule: Rule, values: &Spill) -> Result<Values> {
        self.join()?;
        let scratch = Spill::create(&self.ground.folder.join("lists"))?;
        let (lists, sizes) = self.list(rule, &scratch)?;
        let objects = lists.iter().map(|list| list.len / (LISTED as u64 * 8));
        let bytes = width(before + objects.sum::<u64>());
        let mut judge = Judge::new(rule, before, sizes);
        let mut places = Vec::new();
        let [_, ny, nx] = self.tiles.counts();
        for layer in lists.chunks((ny * nx) as usize) {
            let first = places.len();
            self.judge(first, layer, &mut judge, &scratch)?;
            for (index, list) in layer.iter().enumerate() {
                self.tell(first + index, *list, &scratch)?;
            }
            for (index, list) in layer.iter().enumerate() {
                let named = self.named(first + index, *list, &scratch, bytes)?;
                places.push(values.append(&named)?);
                self.crew.advance(1)?;
            }
        }
        Ok(Values {
            places,
            bytes,
            objects: judge.objects,
            kept: judge.kept,
        })
    }

    /// The voxels of a tile, in voxels of the region.
    fn own(&self, tile: usize) -> Region {
        self.tiles.region(self.tiles.position(tile as u64))
    }

    /// The parts of a tile, in a buffer that is given back with [`Settling::done`].
    fn parts(&mut self, tile: usize) -> Result<Parts> {
        let mut parts = std::mem::take(&mut self.spare);
        parts.read(self.spill, &self.entries[tile])?;
        Ok(parts)
    }

    fn done(&mut self, parts: Parts) {
        self.spare = parts;
    }

    /// The first voxel of a part in raster order of the region.
    fn first(&self, own: &Region, part: &Part) -> u64 {
        if part.first == NONE {
            return u64::MAX;
        }
        let (first, [_, height, width]) = (u64::from(part.first), own.shape);
        let [z, y, x] = [
            first / width / height,
            first / width % height,
            first % width,
        ];
        let [_, ny, nx] = self.ground.region.shape;
        let at = |axis: usize, inside: u64| own.start[axis] as u64 + inside;
        (at(0, z) * ny + at(1, y)) * nx + at(2, x)
    }

    /// The first walk: parts that touch become one object.
    fn join(&mut self) -> Result<()> {
        for tile in 0..self.entries.len() {
            let own = self.own(tile);
            let parts = self.parts(tile)?;
            for part in (0..parts.len()).map(|index| parts.get(index)) {
                if part.link != NOTHING {
                    let known = known(self.first(&own, &part), &part);
                    self.forest.plant(self.link(tile, part.link), known)?;
                }
            }
            self.done(parts);
            self.join_sides(tile, &own)?;
            self.crew.advance(1)?;
        }
        Ok(())
    }

    /// Joins the parts on the low sides of a tile with those of its neighbours.
    fn join_sides(&mut self, tile: usize, own: &Region) -> Result<()> {
        let seen = Ground::seen(own, &Region::whole(self.ground.region.shape), 1);
        let (mut mine, mut theirs) = (Side::default(), Side::default());
        for (axis, side) in low_sides(own, &seen).iter().enumerate() {
            if side.is_empty() {
                continue;
            }
            self.spill
                .read(self.entries[tile].low[axis], &mut self.buffer)?;
            mine.decode(&self.buffer);
            for position in self.tiles.covering(side) {
                let other = self.tiles.index(position) as usize;
                let high = high_sides(&self.tiles.region(position))[axis];
                self.spill
                    .read(self.entries[other].high[axis], &mut self.buffer)?;
                theirs.decode(&self.buffer);
                self.join_side((tile, &mine, side), (other, &theirs, &high))?;
            }
        }
        Ok(())
    }

    /// Joins what two sides that share voxels hold there.
    fn join_side(
        &mut self,
        (tile, mine, my_side): (usize, &Side, &Region),
        (other, theirs, their_side): (usize, &Side, &Region),
    ) -> Result<()> {
        let shared = my_side.intersect(their_side);
        let mut last = (NOTHING, NOTHING);
        for z in shared.start[0]..shared.end()[0] {
            for y in shared.start[1]..shared.end()[1] {
                let row = |side: &Region| {
                    let row = (z - side.start[0]) * side.shape[1] as i64 + y - side.start[1];
                    let at = row * side.shape[2] as i64 + shared.start[2] - side.start[2];
                    at as usize..at as usize + shared.shape[2] as usize
                };
                let mine = &mine.objects[row(my_side)];
                for (a, b) in mine.iter().zip(&theirs.objects[row(their_side)]) {
                    if (*a, *b) != last && *a != NOTHING && *b != NOTHING {
                        let (a, b) = (self.link(tile, *a), self.link(other, *b));
                        self.forest.unite(a, b)?;
                    }
                    last = (*a, *b);
                }
            }
        }
        Ok(())
    }

    /// The second walk: lists the objects that begin in each tile, and counts sizes where the rule compares them.
    fn list(&mut self, rule: Rule, scratch: &Spill) -> Result<(Vec<Place>, Sizes)> {
        let (mut lists, mut sizes) = (Vec::new(), Sizes::new());
        for tile in 0..self.entries.len() {
            let parts = self.parts(tile)?;
            let begin = self.beginning(tile, &parts)?;
            let place = scratch.reserve((begin.len() * LISTED * 8) as u64);
            let mut at = place.at;
            for some in begin.chunks(AT_ONCE) {
                let mut bytes = Vec::with_capacity(some.len() * LISTED * 8);
                for index in some {
                    let part = parts.get(*index as usize);
                    let known = self.whole(tile, &part, 0)?;
                    let numbers = [u64::from(part.first), known.voxels, known.marks];
                    bytes.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
                    if rule.compares() {
                        *sizes.entry(known.voxels).or_default() += 1;
                    }
                }
                scratch.write(at, &bytes)?;
                at += bytes.len() as u64;
            }
            self.done(parts);
            lists.push(place);
            self.crew.advance(1)?;
        }
        Ok((lists, sizes))
    }

    /// The parts of a tile with which an object begins, in raster order.
    fn beginning(&mut self, tile: usize, parts: &Parts) -> Result<Vec<u32>> {
        let own = self.own(tile);
        let mut begin = Vec::new();
        for index in 0..parts.len() {
            let part = parts.get(index);
            let first = self.first(&own, &part);
            if part.first != NONE && self.whole(tile, &part, first)?.first == first {
                begin.push(index as u32);
            }
        }
        begin.sort_unstable_by_key(|index| parts.get(*index as usize).first);
        Ok(begin)
    }

    /// What is known of the object that a part belongs to; `first` is the part's own first voxel.
    fn whole(&mut self, tile: usize, part: &Part, first: u64) -> Result<Known> {
        match self.root(tile, part)? {
            Some(root) => self.forest.known(root),
            None => Ok(known(first, part)),
        }
    }

    /// The root of a part that reaches a side.
    fn root(&mut self, tile: usize, part: &Part) -> Result<Option<u64>> {
        if part.link == NOTHING {
            return Ok(None);
        }
        self.forest.root(self.link(tile, part.link)).map(Some)
    }

    fn link(&self, tile: usize, link: u32) -> u64 {
        self.bases[tile] + u64::from(link) - 1
    }

    /// Asks for the values of all objects that begin in a layer of tiles, in raster order. The values take the place
    /// of the sizes in the lists.
    fn judge(
        &self,
        first: usize,
        lists: &[Place],
        judge: &mut Judge,
        scratch: &Spill,
    ) -> Result<()> {
        let shapes: Vec<_> = (0..lists.len())
            .map(|i| self.own(first + i).shape)
            .collect();
        let mut cursors: Vec<_> = lists.iter().map(|list| Cursor::new(*list)).collect();
        let across = self.tiles.counts()[2] as usize;
        for z in 0..shapes[0][0] {
            for (cursors, shapes) in cursors.chunks_mut(across).zip(shapes.chunks(across)) {
                for row in 1..=shapes[0][1] {
                    for (cursor, [_, height, width]) in cursors.iter_mut().zip(shapes) {
                        let end = (z * height + row) * width;
                        cursor.until(end, scratch, |object| judge.value(object))?;
                    }
                }
            }
        }
        cursors
            .iter_mut()
            .try_for_each(|cursor| cursor.flush(scratch))
    }

    /// Calls `take` with every part of a tile that begins an object, and with the object's value.
    fn judged(
        &mut self,
        tile: usize,
        list: Place,
        (parts, scratch): (&Parts, &Spill),
        mut take: impl FnMut(&mut Self, usize, u64) -> Result<()>,
    ) -> Result<()> {
        let begin = self.beginning(tile, parts)?;
        let mut cursor = Cursor::new(list);
        for index in begin {
            let value = cursor.pass(scratch)?;
            take(self, index as usize, value)?;
        }
        Ok(())
    }

    /// Makes the values of the objects that begin in a tile known to all their parts.
    fn tell(&mut self, tile: usize, list: Place, scratch: &Spill) -> Result<()> {
        let parts = self.parts(tile)?;
        self.judged(
            tile,
            list,
            (&parts, scratch),
            |settling, index, value| match settling.root(tile, &parts.get(index))? {
                Some(root) => settling.forest.name(root, value),
                None => Ok(()),
            },
        )?;
        self.done(parts);
        Ok(())
    }

    /// The values of all parts of a tile, as numbers of `width` bytes. All objects that begin in its layer must be
    /// known.
    fn named(
        &mut self,
        tile: usize,
        list: Place,
        scratch: &Spill,
        width: usize,
    ) -> Result<Vec<u8>> {
        let parts = self.parts(tile)?;
        let mut values = vec![0; parts.len() * width];
        let set = |values: &mut [u8], index: usize, value: u64| {
            let bytes = &mut values[index * width..(index + 1) * width];
            bytes.copy_from_slice(&value.to_le_bytes()[..width]);
        };
        self.judged(tile, list, (&parts, scratch), |_, index, value| {
            set(&mut values, index, value);
            Ok(())
        })?;
        for index in 0..parts.len() {
            if let Some(root) = self.root(tile, &parts.get(index))? {
                set(&mut values, index, self.forest.value(root)?);
            }
        }
        self.done(parts);
        Ok(values)
    }
}

fn known(first: u64, part: &Part) -> Known {
    Known {
        first,
        voxels: u64::from(part.voxels),
        marks: u64::from(part.marks),
    }
}

/// A list that is read, and changed, from its begin to its end.
struct Cursor {
    /// What is not read yet.
    rest: Place,
    /// What is read: where it lies, its numbers, and the next of them.
    at: u64,
    numbers: Vec<u64>,
    next: usize,
    changed: bool,
}

impl Cursor {
    fn new(list: Place) -> Self {
        Self {
            rest: list,
            at: list.at,
            numbers: Vec::new(),
            next: 0,
            changed: false,
        }
    }

    /// The next object, if there is one.
    fn next(&mut self, scratch: &Spill) -> Result<Option<&mut [u64]>> {
        if self.next == self.numbers.len() {
            if self.rest.len == 0 {
                return Ok(None);
            }
            self.flush(scratch)?;
            self.load(scratch)?;
        }
        Ok(Some(&mut self.numbers[self.next..self.next + LISTED]))
    }

    /// Gives a value to every object whose first voxel lies before `end`.
    fn until(
        &mut self,
        end: u64,
        scratch: &Spill,
        mut value: impl FnMut(Known) -> u64,
    ) -> Result<()> {
        while let Some(object) = self.next(scratch)?.filter(|object| object[0] < end) {
            object[1] = value(Known {
                first: object[0],
                voxels: object[1],
                marks: object[2],
            });
            self.next += LISTED;
            self.changed = true;
        }
        Ok(())
    }

    /// The value of the next object.
    fn pass(&mut self, scratch: &Spill) -> Result<u64> {
        let value = self.next(scratch)?.map_or(0, |object| object[1]);
        self.next += LISTED;
        Ok(value)
    }

    fn load(&mut self, scratch: &Spill) -> Result<()> {
        let len = self.rest.len.min((AT_ONCE * LISTED * 8) as u64);
        let mut bytes = Vec::new();
        scratch.read(
            Place {
                at: self.rest.at,
                len,
            },
            &mut bytes,
        )?;
        let (numbers, _) = bytes.as_chunks::<8>();
        self.numbers = numbers.iter().map(|n| u64::from_le_bytes(*n)).collect();
        self.next = 0;
        self.at = self.rest.at;
        self.rest = Place {
            at: self.rest.at + len,
            len: self.rest.len - len,
        };
        Ok(())
    }

    /// Writes back what was read and changed.
    fn flush(&mut self, scratch: &Spill) -> Result<()> {
        if !std::mem::take(&mut self.changed) {
            return Ok(());
        }
        let bytes: Vec<u8> = self.numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        scratch.write(self.at, &bytes)
    }
}
