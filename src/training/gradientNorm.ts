// The length of all gradients together, and clipping to a largest length (arXiv:1211.5063, section 3.2).

/** Euclidean norm over all numbers; not a number where one of them is none. */
export function gradientNorm(gradients: readonly Float32Array[]): number {
  let sum = 0;
  for (const gradient of gradients) {
    for (let i = 0; i < gradient.length; i++)
      sum += gradient[i]! * gradient[i]!;
  }
  return Math.sqrt(sum);
}

/** Multiplies all gradients by `scale`, and by less where their norm would then exceed `maxNorm`. Returns the norm before clipping. */
export function scaleAndClip(
  gradients: readonly Float32Array[],
  { scale, maxNorm }: { scale: number; maxNorm: number },
): number {
  const norm = gradientNorm(gradients) * scale;
  const factor = norm > maxNorm ? (scale * maxNorm) / norm : scale;
  if (factor !== 1) {
    for (const gradient of gradients) {
      for (let i = 0; i < gradient.length; i++) gradient[i]! *= factor;
    }
  }
  return norm;
}
