import classes from './attachments.module.css';

const BARS = 40;

/** How loud a recording is over its length, darker as far as it was played. */
export function Waveform({ heights, played }: { heights: readonly number[]; played: number }) {
  const bars = barsOf(heights);
  return (
    <svg viewBox={`0 0 ${BARS * 3} 24`} className={classes.waveform} preserveAspectRatio="none" aria-hidden>
      {bars.map((height, at) => (
        <rect
          // eslint-disable-next-line react/no-array-index-key
          key={at}
          x={at * 3}
          y={12 - height * 11}
          width={2}
          height={height * 22}
          rx={1}
          data-played={at / BARS < played || undefined}
        />
      ))}
    </svg>
  );
}

/** Always as many bars, each between a line and the whole height. */
function barsOf(heights: readonly number[]): number[] {
  const most = Math.max(1, ...heights);
  return Array.from({ length: BARS }, (_, at) => {
    const from = Math.floor((at * heights.length) / BARS);
    const to = Math.max(from + 1, Math.floor(((at + 1) * heights.length) / BARS));
    const part = heights.slice(from, to);
    return Math.max(0.08, Math.min(1, Math.max(0, ...part) / most));
  });
}
