// Draws precision against coverage as an SVG picture, with the modes as named points on it.

/** A gate's place on the curve. */
export interface CurvePoint {
  precision: number;
  coverage: number;
  /** Written beside the point. */
  label?: string;
}

const SIZE = { width: 640, height: 420, margin: 56 };

/** An SVG picture of one or more curves, each with its title. */
export function drawCurves(
  curves: readonly { title: string; points: readonly CurvePoint[] }[],
): string {
  const maxCoverage = niceCeiling(
    Math.max(...curves.flatMap(({ points }) => points.map((p) => p.coverage))),
  );
  const { width, height, margin } = SIZE;
  const x = (coverage: number) =>
    margin + ((width - 2 * margin) * coverage) / maxCoverage;
  const y = (precision: number) =>
    height - margin - (height - 2 * margin) * precision;
  const place = (point: CurvePoint) =>
    `${x(point.coverage).toFixed(1)},${y(point.precision).toFixed(1)}`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...ticks(maxCoverage).map(
      (value) =>
        `<text x="${x(value)}" y="${height - margin + 20}" text-anchor="middle" fill="#555">${percent(value)}</text>` +
        `<line x1="${x(value)}" x2="${x(value)}" y1="${y(0)}" y2="${y(1)}" stroke="#e4e4e4"/>`,
    ),
    ...ticks(1).map(
      (value) =>
        `<text x="${margin - 8}" y="${y(value) + 4}" text-anchor="end" fill="#555">${percent(value)}</text>` +
        `<line x1="${x(0)}" x2="${x(maxCoverage)}" y1="${y(value)}" y2="${y(value)}" stroke="#e4e4e4"/>`,
    ),
    `<text x="${width / 2}" y="${height - 14}" text-anchor="middle">coverage: characters that came from suggestions</text>`,
    `<text transform="translate(16 ${height / 2}) rotate(-90)" text-anchor="middle">precision of distinct suggestions</text>`,
    ...curves.flatMap(({ title, points }, index) => {
      const colour = ["#2563a8", "#b4541a", "#3b7d3b", "#7d3b76"][index % 4];
      const line = points.filter(({ label }) => label === undefined);
      const named = points.filter(({ label }) => label !== undefined);
      return [
        `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${line.map(place).join(" ")}"/>`,
        `<text x="${width - margin}" y="${margin - 30 + 18 * index}" text-anchor="end" fill="${colour}">${escapeXml(title)}</text>`,
        ...named.map(
          (point) =>
            `<circle cx="${x(point.coverage)}" cy="${y(point.precision)}" r="5" fill="${colour}"/>` +
            `<text x="${x(point.coverage) + 9}" y="${y(point.precision) - 7}" fill="${colour}">${escapeXml(point.label ?? "")}</text>`,
        ),
      ];
    }),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

function ticks(max: number): number[] {
  const step = max > 0.5 ? 0.2 : 0.1;
  const count = Math.round(max / step);
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}

function niceCeiling(value: number): number {
  return Math.min(1, Math.max(0.2, Math.ceil(value * 10 + 0.2) / 10));
}

function percent(value: number): string {
  return `${Math.round(100 * value)}%`;
}

function escapeXml(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}
