const significantDigits = 15;

/**
 * A number as GitHub writes it: .NET's format "G15". Fifteen significant digits without trailing zeros, and
 * `1E+17` or `1.5E-07` where the exponent is below -4 or above 14.
 *
 * @see https://learn.microsoft.com/dotnet/standard/base-types/standard-numeric-format-strings#general-format-specifier-g
 */
export function numberText(value: number): string {
  if (value === 0) return "0"; // The sign of a zero is not shown.
  if (!Number.isFinite(value)) return String(value);
  const [mantissa = "", exponentText = ""] = value.toExponential(significantDigits - 1).split("e");
  const exponent = Number(exponentText);
  if (exponent >= significantDigits || exponent < -4) {
    const digits = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
    return `${digits}E${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const fixed = value.toFixed(significantDigits - 1 - exponent);
  return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
}
