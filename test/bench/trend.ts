/** The slope of the straight line with the least squared distance from points (x, y); null for less than two x. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number | null {
  const meanX = points.reduce((total, [x]) => total + x, 0) / points.length;
  const meanY = points.reduce((total, [, y]) => total + y, 0) / points.length;
  let products = 0;
  let squares = 0;
  for (const [x, y] of points) {
    products += (x - meanX) * (y - meanY);
    squares += (x - meanX) ** 2;
  }
  return squares > 0 ? products / squares : null;
}
