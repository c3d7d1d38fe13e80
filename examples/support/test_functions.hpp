#pragma once

#include "examples/support/contour.hpp"

/// @file
/// Functions on which methods of optimization are compared, each with the part of the plane, the
/// level lines and the minima that are worth a look: a panel that lacks only its paths.

namespace xgrad::examples {

/// (1.5 − x + x y)² + (2.25 − x + x y²)² + (2.625 − x + x y³)²; minimum 0 at (3, 0.5). A narrow
/// curved valley between steep walls.
ContourPanel beale();

/// (4 − 2.1 x² + x⁴/3) x² + x y + (−4 + 4 y²) y², the six-hump camel: six local minima, the lowest,
/// −1.0316, at ±(0.0898, −0.7127).
ContourPanel six_hump_camel();

/// x²/16 + 9 y²; minimum 0 at (0, 0). Its curvatures differ by a factor of 144.
ContourPanel ellipse();

/// x² + y²/2; minimum 0 at (0, 0).
ContourPanel quadratic();

}  // namespace xgrad::examples
