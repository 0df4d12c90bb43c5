/** What a place in the list needs: who it is, and how fresh. */
export interface Placed {
  id: string;
  last_activity_at: string;
}

/**
 * Give the rows to show while somebody's pointer or selection is among them: each stays where it was, with its newest
 * content; one that has left the list stays until they let go; older pages come at the end.
 */
export function heldRows<Row extends Placed>(shown: readonly Row[], current: readonly Row[]): Row[] {
  const fresh = new Map(current.map((row) => [row.id, row]));
  const rows = shown.map((row) => fresh.get(row.id) ?? row);
  const last = shown.at(-1);
  if (!last) return [...current];
  const known = new Set(shown.map((row) => row.id));
  const later = current.filter((row) => !known.has(row.id) && row.last_activity_at <= last.last_activity_at);
  return [...rows, ...later];
}

/** Whether the order that is shown is not the order that is. */
export function isBehind(shown: readonly Placed[], current: readonly Placed[]): boolean {
  return shown.length !== current.length || shown.some((row, place) => row.id !== current[place]?.id);
}
