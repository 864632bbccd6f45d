// What a series of measurements comes to.

export const percentile = (values, fraction) => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = fraction * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
};

export const median = (values) => percentile(values, 0.5);

export const round = (value, digits = 0) => Number(value.toFixed(digits));

// "412 (398–460)": the median, and the range when there is one.
export const spread = (values, digits = 0) => {
  const text = (value) => value.toFixed(digits);
  if (values.length === 1) return text(values[0]);
  return `${text(median(values))} (${text(Math.min(...values))}–${text(Math.max(...values))})`;
};
