#include "examples/support/augment.hpp"

#include <algorithm>
#include <cstdint>

#include "autograd/creation.hpp"
#include "autograd/random.hpp"

namespace xgrad::examples {

Tensor randomly_shifted(const Tensor& images, std::size_t most) {
  const auto height = static_cast<std::int64_t>(images.size(1));
  const auto width = static_cast<std::int64_t>(images.size(2));
  const auto shift = [most] {
    std::int64_t sum = -static_cast<std::int64_t>(most);
    for (std::size_t i = 0; i < 2 * most; ++i) sum += random::below(2) == 1;
    return sum;
  };
  Tensor result = zeros({images.size(0), images.size(1) * images.size(2)});
  const std::uint8_t* from = images.data<std::uint8_t>().data();
  float* to = result.data<float>().data();
  for (std::size_t n = 0; n < images.size(0); ++n, from += height * width, to += height * width) {
    const std::int64_t dy = shift(), dx = shift();
    for (std::int64_t y = std::max<std::int64_t>(dy, 0); y < std::min(height, height + dy); ++y)
      for (std::int64_t x = std::max<std::int64_t>(dx, 0); x < std::min(width, width + dx); ++x)
        to[y * width + x] = static_cast<float>(from[(y - dy) * width + x - dx]) / 255.0F;
  }
  return result;
}

}  // namespace xgrad::examples
