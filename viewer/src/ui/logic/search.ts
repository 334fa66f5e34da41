/** Finding a filter by words. */

import type { Descriptor } from "../../protocol/filters";

export interface Group {
  category: string;
  filters: Descriptor[];
}

/** Filters that have all words in their name, title, group or text, in groups; names before texts. */
export function search(filters: Descriptor[], text: string): Group[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const groups: Group[] = [];
  const found = filters
    .map((filter) => ({ filter, rank: rankOf(filter, words) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank);
  for (const { filter } of found) {
    const group = groups.find(({ category }) => category === filter.category);
    if (group) group.filters.push(filter);
    else groups.push({ category: filter.category, filters: [filter] });
  }
  return groups;
}

/** 0 when a word is nowhere; more when it is in the name. */
function rankOf({ name, title, doc, category }: Descriptor, words: string[]): number {
  const near = `${name} ${title}`.toLowerCase();
  const far = `${near} ${category} ${doc}`.toLowerCase();
  if (!words.every((word) => far.includes(word))) return 0;
  return 1 + words.filter((word) => near.includes(word)).length;
}
