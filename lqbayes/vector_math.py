"""Elementary functions without branches, tables and calls: a loop over points that calls them is compiled for all lanes of the processor.

Right to 2 units in the last place, with the edges of the standard library's in compiled code; `sincos` has none beyond `LARGEST_ANGLE`.
Each is a polynomial on a small interval, after a reduction that adds and moves bits; both sides of a case are computed and one selected.
Coefficients and splittings of pi/2 and ln 2 are those of FDLIBM (Sun Microsystems, 1993), but for the exponential's.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lqbayes.compilation import inlined

LARGEST_ANGLE = 2.0**20 * math.pi / 2
"""Beyond this modulus sines and cosines are NaN: the products with the parts of pi/2 are no longer exact."""

# Adding it to a number rounds that to an integer, which then stands in the last bits.
_ROUND = 1.5 * 2.0**52
_ROUND_BITS = 0x4338000000000000
_ONE_BITS = 0x3FF0000000000000
_ROOT_HALF_BITS = 0x3FE6A09E00000000  # of about sqrt(1/2)
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_SMALLEST_NORMAL, _TWO_54 = 2.0**-1022, 2.0**54

# (e^x - 1 - x)/x^2 for |x| < ln(2)/2, interpolated at Chebyshev nodes.
_E0, _E1, _E2, _E3, _E4 = 0.5000000000000001, 0.16666666666666669, 0.041666666666623824, 0.008333333333330039, 0.0013888888917367081
_E5, _E6, _E7 = 0.00019841269863171557, 2.4801521057868204e-05, 2.7557268276905696e-06
_E8, _E9 = 2.7620201591031547e-07, 2.5100472505694996e-08
_L1, _L2, _L3, _L4 = 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01
_L5, _L6, _L7 = 1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01
_P1, _P2, _P3 = 1.57079632673412561417, 6.07710050630396597660e-11, 2.02226624879595063154e-21  # of pi/2, 33 bits each but the last
_S1, _S2, _S3 = -1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04
_S4, _S5, _S6 = 2.75573137070700676789e-06, -2.50507602534068634195e-08, 1.58969099521155010221e-10
_C1, _C2, _C3 = 4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05
_C4, _C5, _C6 = -2.75573143513906633035e-07, 2.08757232129817482790e-09, -1.13596475577881948265e-11
_A0, _A1, _A2, _A3 = 3.33333333333329318027e-01, -1.99999999998764832476e-01, 1.42857142725034663711e-01, -1.11111104054623557880e-01
_A4, _A5, _A6, _A7 = 9.09088713343650656196e-02, -7.69187620504482999495e-02, 6.66107313738753120669e-02, -5.83357013379057348645e-02
_A8, _A9, _A10 = 4.97687799461593236017e-02, -3.65315727442169155270e-02, 1.62858201153657823623e-02
_PI_LOW = 1.22464679914735317720e-16  # pi minus its double


@intrinsic
def _bits(_: Any, x: Any) -> Any:  # type: ignore[misc]
    return types.int64(types.float64), lambda context, builder, signature, values: builder.bitcast(values[0], ir.IntType(64))


@intrinsic
def _from_bits(_: Any, x: Any) -> Any:  # type: ignore[misc]
    return types.float64(types.int64), lambda context, builder, signature, values: builder.bitcast(values[0], ir.DoubleType())


@intrinsic
def select(_: Any, condition: Any, a: Any, b: Any) -> Any:  # type: ignore[misc]
    """Either of two numbers, both of which are computed; a conditional expression may become a branch, this never does."""
    return types.float64(types.boolean, types.float64, types.float64), lambda context, builder, signature, values: builder.select(*values)


@intrinsic  # type: ignore[misc]
def polynomial(_: Any, x: Any, coefficients: Any) -> Any:
    """Sum of coefficients[k] x^k, without a loop."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        terms = [builder.extract_value(values[1], k) for k in range(coefficients.count)]
        total = terms.pop()
        while terms:
            total = builder.fadd(builder.fmul(total, values[0]), terms.pop())
        return total

    return types.float64(types.float64, coefficients), generate


@inlined
def exp(x: float) -> float:
    """e^x; 0 below -745.13, infinite above 709.78."""
    x = select(x > 710.0, 710.0, select(x < -746.0, -746.0, x))
    rounded = x * 1.4426950408889634 + _ROUND
    k = rounded - _ROUND
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    q = (_E0 + r * _E1) + r2 * (_E2 + r * _E3) + r4 * ((_E4 + r * _E5) + r2 * (_E6 + r * _E7) + r4 * (_E8 + r * _E9))
    # 2^k in two factors, each of which is a normal number where the result is infinite or denormal.
    half = 0.5 * k + _ROUND
    first, second = _bits(half) + 1023, _bits(rounded) - _bits(half) + 1023
    return (1.0 + (r + r2 * q)) * _from_bits(first << 52) * _from_bits(second << 52)


@inlined
def log(x: float) -> float:
    """Natural logarithm: -inf at 0, NaN below."""
    small = x < _SMALLEST_NORMAL
    b = _bits(select(small, x * _TWO_54, x))
    # x = 2^e m with m from sqrt(1/2) to sqrt(2); a logical shift, since not every processor has an arithmetic one for lanes.
    e = ((b + (_ONE_BITS - _ROOT_HALF_BITS)) >> 52) - 1023
    f = _from_bits(b - (e << 52)) - 1.0
    k = (_from_bits(e + _ROUND_BITS) - _ROUND) - select(small, 54.0, 0.0)
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = z * (_L1 + w * (_L3 + w * (_L5 + w * _L7))) + w * (_L2 + w * (_L4 + w * _L6))
    h = 0.5 * f * f
    found = k * _LN2_HIGH - ((h - (s * (h + r) + k * _LN2_LOW)) - f)
    return select((x > 0) & (x < math.inf), found, select(x == 0, -math.inf, select(x > 0, x, math.nan)))


@inlined
def log1p(x: float) -> float:
    """ln(1 + x), with all digits where x is small."""
    u = 1.0 + x
    lost = x - (u - 1.0)
    return log(u) + select((u > 0) & (u < math.inf), lost / u, 0.0)


@inlined
def log10(x: float) -> float:
    """Logarithm to the base 10."""
    return log(x) * 0.4342944819032518


@inlined
def sincos(x: float) -> tuple[float, float]:
    """Sine and cosine; NaN beyond `LARGEST_ANGLE`."""
    x = select(abs(x) <= LARGEST_ANGLE, x, math.nan)
    rounded = x * 0.6366197723675814 + _ROUND
    k = rounded - _ROUND
    r = ((x - k * _P1) - k * _P2) - k * _P3
    z = r * r
    sine = r + r * z * (_S1 + z * (_S2 + z * (_S3 + z * (_S4 + z * (_S5 + z * _S6)))))
    cosine = 1.0 - (0.5 * z - z * z * (_C1 + z * (_C2 + z * (_C3 + z * (_C4 + z * (_C5 + z * _C6))))))
    quarter = _bits(rounded)
    odd = (quarter & 1) != 0
    first, second = select(odd, cosine, sine), select(odd, sine, cosine)
    return _from_bits(_bits(first) ^ ((quarter & 2) << 62)), _from_bits(_bits(second) ^ (((quarter + 1) & 2) << 62))


@inlined
def atan2(y: float, x: float) -> float:
    """Angle of the vector (x, y), from -pi to pi."""
    a, b = abs(x), abs(y)
    swap = b > a
    low, high = select(swap, a, b), select(swap, b, a)
    # Sums stay below the largest number, products above the smallest.
    scale = select(high > 1e300, 2.0**-60, select(high < 1e-280, 2.0**100, 1.0))
    low, high = low * scale, high * scale
    steep = (low > 0.4375 * high) | (low == math.inf)  # counted from pi/4
    v = select(steep, low - high, low) / select(steep, low + high, high)
    v = select(low == high, 0.0, v)  # both zero or infinite, too
    z = v * v
    w = z * z
    p = z * (_A0 + w * (_A2 + w * (_A4 + w * (_A6 + w * (_A8 + w * _A10))))) + w * (_A1 + w * (_A3 + w * (_A5 + w * (_A7 + w * _A9))))
    r = v - v * p
    r = select(steep, (r + _PI_LOW / 4) + math.pi / 4, r)
    r = select(swap, math.pi / 2 - (r - _PI_LOW / 2), r)
    r = select(math.copysign(1.0, x) < 0, math.pi - (r - _PI_LOW), r)
    return math.copysign(r, y)
