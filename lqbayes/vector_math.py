"""Elementary functions without branches, tables and calls: a loop over points that calls them is compiled for all lanes of the processor.

Right to 2 units in the last place (tangents to 4, angles beyond 1.6e6 to 3), with the edges of the standard library's in compiled code;
angles beyond `LARGEST_ANGLE` have no sine. Where the processor does not round a b + c once, powers lose as many units as their logarithm is
large.
Each is a polynomial on a small interval, after a reduction that adds and moves bits; both sides of a case are computed and one selected.
Coefficients and splittings of pi/2 and ln 2 are those of FDLIBM (Sun Microsystems, 1993), but for the exponential's.
"""

import math
import platform
from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic

from lqbayes.compilation import inlined

_HAS_FMA = "+fma" in binding.get_host_cpu_features().flatten() or platform.machine() in {"aarch64", "arm64"}
LARGEST_ANGLE = 2.0 ** (40 if _HAS_FMA else 20) * math.pi / 2
"""Beyond this modulus sines and cosines are NaN: the differences to multiples of the parts of pi/2 are no longer exact."""

# Adding it to a number rounds that to an integer, which then stands in the last bits.
_ROUND = 1.5 * 2.0**52
_ROUND_BITS = 0x4338000000000000
_ONE_BITS = 0x3FF0000000000000
_ROOT_HALF_BITS = 0x3FE6A09E00000000  # of about sqrt(1/2)
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_SMALLEST_NORMAL, _TWO_54 = 2.0**-1022, 2.0**54
_EXP_LARGEST, _EXP_SMALLEST_NORMAL, _EXP_SMALLEST = 709.782712893384, -708.3964185322641, -745.1332191019412

# (e^x - 1 - x)/x^2 for |x| < ln(2)/2, interpolated at Chebyshev nodes.
_E0, _E1, _E2, _E3, _E4 = 0.5000000000000001, 0.16666666666666669, 0.041666666666623824, 0.008333333333330039, 0.0013888888917367081
_E5, _E6, _E7 = 0.00019841269863171557, 2.4801521057868204e-05, 2.7557268276905696e-06
_E8, _E9 = 2.7620201591031547e-07, 2.5100472505694996e-08
_L1, _L2, _L3, _L4 = 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01
_L5, _L6, _L7 = 1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01
# (ln((1 + s)/(1 - s)) - 2 s - 2 s^3/3)/s^5 in powers of s^2 for |s| < 0.1716, interpolated at Chebyshev nodes.
_POWER = (
    *(0.4, 0.28571428571429364, 0.22222222221655907, 0.181818183353876),
    *(0.15384594963074136, 0.13334804663624336, 0.11706237148816372, 0.11723170160799075),
)
_TWO_THIRDS_LOW = 3.700743415417188e-17  # 2/3 minus its double
_P1, _P2, _P3 = 1.57079632673412561417, 6.07710050630396597660e-11, 2.02226624879595063154e-21  # of pi/2, 33 bits each but the last
_SINE = (
    *(-1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04),
    *(2.75573137070700676789e-06, -2.50507602534068634195e-08, 1.58969099521155010221e-10),
)
_COSINE = (
    *(4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05),
    *(-2.75573143513906633035e-07, 2.08757232129817482790e-09, -1.13596475577881948265e-11),
)
_ATAN_EVEN = (
    *(3.33333333333329318027e-01, 1.42857142725034663711e-01, 9.09088713343650656196e-02),
    *(6.66107313738753120669e-02, 4.97687799461593236017e-02, 1.62858201153657823623e-02),
)
_ATAN_ODD = (
    *(-1.99999999998764832476e-01, -1.11111104054623557880e-01, -7.69187620504482999495e-02),
    *(-5.83357013379057348645e-02, -3.65315727442169155270e-02),
)
_PI_LOW = 1.22464679914735317720e-16  # pi minus its double


_double, _integer, _truth = types.float64, types.int64, types.boolean


def operation(typed: Callable[..., Any]) -> Any:
    """What the processor does, written in LLVM's terms."""
    return intrinsic(prefer_literal=True)(typed)


def _bits_of(_: Any, x: Any) -> Any:
    return _integer(_double), lambda context, builder, signature, values: builder.bitcast(values[0], ir.IntType(64))


def _double_of(_: Any, bits: Any) -> Any:
    return _double(_integer), lambda context, builder, signature, values: builder.bitcast(values[0], ir.DoubleType())


def _either(_: Any, condition: Any, a: Any, b: Any) -> Any:
    return _double(_truth, _double, _double), lambda context, builder, signature, values: builder.select(*values)


def _multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    return builder.fma(a, b, c) if _HAS_FMA else builder.fadd(builder.fmul(a, b), c)


def _a_times_b_plus_c(_: Any, a: Any, b: Any, c: Any) -> Any:
    return _double(_double, _double, _double), lambda context, builder, signature, values: _multiply_add(builder, *values)


def _sum_of_powers(_: Any, x: Any, coefficients: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        terms = [builder.extract_value(values[1], k) for k in range(coefficients.count)]
        total = terms.pop()
        while terms:
            total = _multiply_add(builder, total, values[0], terms.pop())
        return total

    return _double(_double, coefficients), generate


def _rounded_down(_: Any, x: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        floor = builder.module.declare_intrinsic("llvm.floor", [ir.DoubleType()])
        return builder.call(floor, values)

    return _double(_double), generate


_bits: Callable[[float], int] = operation(_bits_of)
_from_bits: Callable[[int], float] = operation(_double_of)
_floor: Callable[[float], float] = operation(_rounded_down)
_madd: Callable[[float, float, float], float] = operation(_a_times_b_plus_c)
"""a b + c in one instruction, rounded once, where the processor has it."""
select: Callable[[bool, float, float], float] = operation(_either)
"""Either of two numbers, both of which are computed: a conditional expression may become a branch, this never does."""
polynomial: Callable[[float, tuple[float, ...]], float] = operation(_sum_of_powers)
"""Sum of coefficients[k] x^k, without a loop."""


@inlined
def _exp_of_sum(x: float, low: float) -> float:
    """e^(x + low) where low is lost in the sum."""
    rounded = _madd(x, 1.4426950408889634, _ROUND)
    k = rounded - _ROUND
    q = _exp_less_one(_madd(k, -_LN2_LOW, _madd(k, -_LN2_HIGH, x)) + low)
    denormal = x < _EXP_SMALLEST_NORMAL
    shift = _bits(select(denormal, rounded + 64.0, rounded)) << 52
    found = _from_bits(_bits(q + 1.0) + shift) * select(denormal, 2.0**-64, 1.0)
    return select(x > _EXP_LARGEST, math.inf, select(x < _EXP_SMALLEST, 0.0, select(math.isnan(x), x, found)))


@inlined
def _exp_less_one(r: float) -> float:
    """e^r - 1 for |r| < ln(2)/2."""
    r2 = r * r
    low = _madd(r2, _madd(r, _E3, _E2), _madd(r, _E1, _E0))
    high = _madd(r2, _madd(r2, _madd(r, _E9, _E8), _madd(r, _E7, _E6)), _madd(r, _E5, _E4))
    return _madd(r2, _madd(r2 * r2, high, low), r)


@inlined
def exp(x: float) -> float:
    """e^x."""
    return _exp_of_sum(x, -0.0)


@inlined
def expm1(x: float) -> float:
    """e^x - 1, with all digits where x is small."""
    x = select(x < -50.0, -50.0, x)
    rounded = _madd(x, 1.4426950408889634, _ROUND)
    k = rounded - _ROUND
    q = _exp_less_one(_madd(k, -_LN2_LOW, _madd(k, -_LN2_HIGH, x)))
    scale = _from_bits(_ONE_BITS + (_bits(rounded) << 52))
    return select(k == 0, q, select(x < 700.0, _madd(scale, q, scale - 1.0), exp(x)))


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
    r = _madd(z, _madd(w, _madd(w, _madd(w, _L7, _L5), _L3), _L1), w * _madd(w, _madd(w, _L6, _L4), _L2))
    h = 0.5 * f * f
    found = _madd(k, _LN2_HIGH, f - (h - _madd(s, h + r, k * _LN2_LOW)))
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
def power(x: float, y: float) -> float:
    """x^y, as the C library has it: NaN for x < 0 unless y is whole."""
    a = abs(x)
    small = a < _SMALLEST_NORMAL
    b = _bits(select(small, a * _TWO_54, a))
    e = ((b + (_ONE_BITS - _ROOT_HALF_BITS)) >> 52) - 1023
    f = _from_bits(b - (e << 52)) - 1.0
    k = (_from_bits(e + _ROUND_BITS) - _ROUND) - select(small, 54.0, 0.0)
    # ln a = k ln 2 + 2 s + s^3 (2/3 + w) with s = f/(2 + f), each as a sum of two numbers.
    d = 2.0 + f
    s = f / d
    s_low = _madd(-s, f - (d - 2.0), _madd(-s, d, f)) / d
    z = s * s
    z_low = _madd(s, s, -z) + 2 * s * s_low
    w = z * polynomial(z, _POWER)
    c = 2 / 3 + w
    c_low = (2 / 3 - c) + w + _TWO_THIRDS_LOW
    zc = z * c
    zc_low = _madd(z, c, -zc) + _madd(z, c_low, z_low * c)
    szc = s * zc
    szc_low = _madd(s, zc, -szc) + _madd(s, zc_low, s_low * zc)
    m = 2 * s + szc
    m_low = (2 * s - m) + szc + (2 * s_low + szc_low)
    kln2 = k * _LN2_HIGH
    ln = kln2 + m
    ln_low = (kln2 - ln) + m + _madd(k, _LN2_LOW, m_low)
    p = y * ln
    found = _exp_of_sum(p, _madd(y, ln, -p) + y * ln_low)
    found = select(a == 0, select(y > 0, 0.0, math.inf), select(a == math.inf, select(y > 0, math.inf, 0.0), found))
    found = select((x == 1) | (y == 0) | ((a == 1) & (not math.isnan(y))), 1.0, select(math.isnan(x) | math.isnan(y), math.nan, found))
    whole, odd = _floor(y) == y, 2 * _floor(0.5 * y) != y
    found = select((x < 0) & (a < math.inf) & (a > 0) & (not whole), math.nan, found)
    return select(whole & odd, math.copysign(found, x), found)


@inlined
def hypot(x: float, y: float) -> float:
    """Length of the vector (x, y)."""
    a, b = abs(x), abs(y)
    low, high = select(a < b, a, b), select(a < b, b, a)
    ratio = low / select(high == 0, 1.0, high)
    found = high * math.sqrt(1.0 + ratio * ratio)
    return select((a == math.inf) | (b == math.inf), math.inf, found)


@inlined
def sincos(x: float) -> tuple[float, float]:
    """Sine and cosine; NaN beyond `LARGEST_ANGLE`."""
    x = select(abs(x) <= LARGEST_ANGLE, x, math.nan)
    rounded = _madd(x, 0.6366197723675814, _ROUND)
    k = rounded - _ROUND
    r = _madd(k, -_P3, _madd(k, -_P2, _madd(k, -_P1, x)))
    z = r * r
    sine = _madd(r * z, polynomial(z, _SINE), r)
    cosine = 1.0 - _madd(-z * z, polynomial(z, _COSINE), 0.5 * z)
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
    p = _madd(z, polynomial(w, _ATAN_EVEN), w * polynomial(w, _ATAN_ODD))
    r = _madd(-v, p, v)
    r = select(steep, (r + _PI_LOW / 4) + math.pi / 4, r)
    r = select(swap, math.pi / 2 - (r - _PI_LOW / 2), r)
    r = select(math.copysign(1.0, x) < 0, math.pi - (r - _PI_LOW), r)
    return math.copysign(r, y)


@inlined
def sin(x: float) -> float:
    """Sine; NaN beyond `LARGEST_ANGLE`."""
    return sincos(x)[0]


@inlined
def cos(x: float) -> float:
    """Cosine; NaN beyond `LARGEST_ANGLE`."""
    return sincos(x)[1]


@inlined
def tan(x: float) -> float:
    """Tangent; NaN beyond `LARGEST_ANGLE`."""
    sine, cosine = sincos(x)
    return sine / cosine


@inlined
def atan(x: float) -> float:
    """Angle whose tangent is x, from -pi/2 to pi/2."""
    return atan2(x, 1.0)
