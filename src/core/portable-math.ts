/** exp, log and the normal quantile from + - x / and sqrt alone, so that every engine agrees to the last bit. */

const LN2 = 0.6931471805599453

/** Natural exponential for |x| up to 700. */
export function exp(x: number): number {
  const k = Math.round(x / LN2)
  const r = x - k * LN2
  let term = 1
  let sum = 1
  for (let i = 1; i < 20; i++) {
    term = (term * r) / i
    sum += term
  }
  return scaleByPowerOfTwo(sum, k)
}

function scaleByPowerOfTwo(x: number, k: number): number {
  const factor = k < 0 ? 0.5 : 2
  for (let i = Math.abs(k); i > 0; i--) x *= factor
  return x
}

/** Natural logarithm of a positive number. */
export function log(x: number): number {
  let k = 0
  while (x > 1.5) { x /= 2; k++ }
  while (x < 0.75) { x *= 2; k-- }
  const s = (x - 1) / (x + 1)
  const s2 = s * s
  let power = s
  let sum = 0
  for (let i = 1; i < 40; i += 2) {
    sum += power / i
    power *= s2
  }
  return 2 * sum + k * LN2
}

const A = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239]
const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1]
const C = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783]
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0
  for (const c of coefficients) sum = sum * x + c
  return sum
}

/** Quantile of the standard normal for 0 < p < 1 (Acklam's rational approximation, relative error below 1.2e-9). */
export function normalQuantile(p: number): number {
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * log(p))
    return polynomial(C, q) / polynomial(D, q)
  }
  if (p > 1 - 0.02425) return -normalQuantile(1 - p)
  const q = p - 0.5
  const r = q * q
  return (polynomial(A, r) * q) / polynomial(B, r)
}

/** x to the power of y; whole exponents up to 1024 by multiplication alone. NaN for a root of a negative number. */
export function pow(x: number, y: number): number {
  if (Number.isInteger(y) && Math.abs(y) <= 1024) {
    let value = 1
    for (let [base, n] = [x, Math.abs(y)]; n > 0; n = Math.floor(n / 2), base *= base) if (n % 2 === 1) value *= base
    return y < 0 ? 1 / value : value
  }
  if (x === 0) return y > 0 ? 0 : Infinity
  if (x < 0 && !Number.isInteger(y)) return NaN
  const exponent = y * log(Math.abs(x))
  const magnitude = exponent > 710 ? Infinity : exponent < -745 ? 0 : exp(exponent)
  return x < 0 && Math.abs(y) % 2 === 1 ? -magnitude : magnitude
}

const CDF_ABOVE = [3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931, 220.206867912376]
const CDF_BELOW = [8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752]

/** Distribution function of the standard normal (Hart's rational approximation, absolute error below 1e-14). */
export function normalCdf(z: number): number {
  const x = Math.abs(z)
  if (x > 37) return z > 0 ? 1 : 0
  const density = exp((-x * x) / 2)
  const tail = x < 7.07106781186547
    ? (density * polynomial(CDF_ABOVE, x)) / polynomial(CDF_BELOW, x)
    : density / (x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65))))) / 2.506628274631
  return z > 0 ? 1 - tail : tail
}
