interface SparklineProps {
  readonly label: string;
  /** Oldest first; `null`: nothing is known of that second. */
  readonly values: readonly (number | null)[];
  /** As it is shown beside the line. */
  readonly now: string;
  /** At least this is the top of the plot, so that nothing looks like much. */
  readonly top: number;
}

const kWidth = 240;
const kHeight = 44;
/** Seconds that are shown. */
const kShown = 60;

/** The last minute of a number. */
export function Sparkline({ label, values, now, top }: SparklineProps) {
  const shown = values.slice(-kShown);
  const highest = Math.max(top, ...shown.map((value) => value ?? 0));
  const x = (i: number) => kWidth - (shown.length - 1 - i) * (kWidth / (kShown - 1));
  const y = (value: number) => kHeight - 2 - (value / highest) * (kHeight - 4);
  const points = shown.flatMap((value, i) => (value === null ? [] : [`${x(i).toFixed(1)},${y(value).toFixed(1)}`]));
  const last = points.at(-1)?.split(',');
  return (
    <figure class="spark">
      <figcaption>
        <span>{label}</span> <strong>{now}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${kWidth} ${kHeight}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <path class="spark-base" d={`M0 ${kHeight - 1}H${kWidth}`} />
        {points.length > 1 && (
          <polygon
            class="spark-area"
            points={`${points[0]!.split(',')[0]},${kHeight} ${points.join(' ')} ${last![0]},${kHeight}`}
          />
        )}
        <polyline class="spark-line" points={points.join(' ')} />
      </svg>
    </figure>
  );
}
