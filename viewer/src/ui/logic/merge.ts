/** JSON merge patches (RFC 7396) and sharing of what did not change. */

type Json = unknown;
type Dict = Record<string, Json>;

const isDict = (value: Json): value is Dict =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The target with the patch in it; parts that the patch does not touch stay the same objects. */
export function applyPatch<T>(target: T, patch: unknown): T {
  if (!isDict(patch)) return patch as T;
  const result: Dict = isDict(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result[key] = null;
    else result[key] = applyPatch(result[key], value);
  }
  return result as T;
}

/** One patch that does what `first` and then `second` do. */
export function joinPatches<P extends object>(first: P | null, second: P): P {
  if (first === null) return second;
  const result: Dict = { ...(first as Dict) };
  for (const [key, value] of Object.entries(second)) {
    const before = result[key];
    result[key] = isDict(before) && isDict(value) ? joinPatches(before, value) : value;
  }
  return result as P;
}

/** The part of a patch that lies under a path such as `view.slice`, as a patch; null when there is none. */
export function partOf(patch: object, path: string): object | null {
  const keys = path.split(".");
  let value: Json = patch;
  for (const key of keys) {
    if (!isDict(value) || !(key in value)) return null;
    value = value[key];
  }
  return keys.reduceRight<Json>((inner, key) => ({ [key]: inner }), value) as object;
}

/** `after`, but made of the objects of `before` wherever they are equal. */
export function share<T>(before: unknown, after: T): T {
  if (before === after) return after;
  if (Array.isArray(before) && Array.isArray(after)) return shareLists(before, after) as T;
  if (!isDict(before) || !isDict(after)) return after;
  const result: Dict = {};
  let same = Object.keys(before).length === Object.keys(after).length;
  for (const [key, value] of Object.entries(after)) {
    result[key] = share(before[key], value);
    same &&= result[key] === before[key];
  }
  return (same ? before : result) as T;
}

function shareLists(before: Json[], after: Json[]): Json[] {
  const result = after.map((value, index) => share(before[index], value));
  const same =
    before.length === after.length && result.every((value, index) => value === before[index]);
  return same ? before : result;
}
