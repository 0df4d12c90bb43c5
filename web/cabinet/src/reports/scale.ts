const STEPS = [1, 2, 5, 10];

/** Round marks of an axis from 0 to at least the greatest value; whole numbers, three to five of them. */
export function marksOf(greatest: number): number[] {
  const rough = Math.max(1, greatest / 4);
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((one) => one * magnitude >= rough) ?? 10) * magnitude;
  const count = Math.max(2, Math.ceil(greatest / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** Which columns of so many get a label, so that labels never meet: evenly, from the first one on. */
export function labelled(count: number, labels: number): Set<number> {
  const every = Math.max(1, Math.ceil(count / labels));
  return new Set(Array.from({ length: Math.ceil(count / every) }, (_, index) => index * every));
}
