#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "../support/allocator.hpp"
#include "blas.hpp"
#include "columns.hpp"
#include "lanes.hpp"
#include "move.hpp"

/// @file
/// Convolution of stride 1 without columns: what a kernel element meets at successive positions are
/// successive elements of the image with its padding, which are read where they lie.

namespace xgrad::kernels {

/// What the tiles of the two kernels below have in common. The architecture is part of their names,
/// as it is of Lanes'.
template <class T, class A>
struct ConvolutionTiles {
  static constexpr std::size_t size = Lanes<T, A>::size;
  // Sums of `tile` by three registers fill those that the processor has, 32 or 16.
  static constexpr std::size_t tile = size * sizeof(T) == 64 ? 8 : 4;
  // Elements that may be read beyond the last one.
  static constexpr std::size_t slack = 3 * size;

  // Whether this can be faster than products of columns: not with registers for AVX2 or less, where
  // OpenBLAS's kernels have them too.
  static bool can_pay(const ConvolutionSize& s) {
    static const std::size_t theirs = blas_register_bytes();
    return size * sizeof(T) > std::min<std::size_t>(theirs, 32) && s.h.stride == 1 &&
           s.w.stride == 1 && !s.is_product();
  }

  static constexpr std::size_t up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

  const ConvolutionSize s;
  // What each kernel element meets at the first position; the last ones repeat it to fill a tile.
  memory::Scratch<std::size_t> offsets;

  explicit ConvolutionTiles(const ConvolutionSize& given)
      : s(given), offsets(up(given.elements(), tile)) {
    std::size_t* to = offsets.begin();
    for (std::size_t c = 0; c < s.channels; ++c)
      for (std::size_t i = 0; i < s.h.kernel; ++i)
        for (std::size_t j = 0; j < s.w.kernel; ++j)
          *to++ = (c * s.h.padded() + i * s.h.dilation) * s.w.padded() + j * s.w.dilation;
    if (to != offsets.begin()) std::fill(to, offsets.end(), to[-1]);
  }
  // Elements of the memory for the image with its padding.
  std::size_t padded() const { return s.channels * s.h.padded() * s.w.padded() + slack; }
  void pad(T* to, const T* image) const {
    pad_image(to, image, s.channels, s.h, s.w);
    std::fill_n(to + padded() - slack, slack, T(0));
  }
  // Calls f<number of registers>(from) for n elements, a multiple of a register's, from 0 on. Tiles
  // of one register are slow, so the last four are two times two.
  template <class F>
  static void for_each_tile(std::size_t n, const F& f) {
    std::size_t i = 0;
    for (; n - i > 4 * size || n - i == 3 * size; i += 3 * size) f.template operator()<3>(i);
    for (; n - i >= 2 * size; i += 2 * size) f.template operator()<2>(i);
    if (i < n) f.template operator()<1>(i);
  }
  // Calls sum(i, j) for each of a tile's sums; as a loop it would become a call of memset.
  template <std::size_t count, class F>
  static void for_each_sum(const F& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f(I / count, I % count), ...);
    }(std::make_index_sequence<tile * count>{});
  }
};

/// y = the convolution of x and w, plus a bias. Positions are counted along the rows of the image
/// with its padding: those at which the kernel reaches over the end of a row are computed too, and
/// left out of the result.
template <class T, class A = Architecture>
class Convolve : ConvolutionTiles<T, A> {
  using Tiles = ConvolutionTiles<T, A>;
  using Tiles::size, Tiles::tile, Tiles::slack, Tiles::up, Tiles::s, Tiles::offsets;
  using V = Lanes<T, A>;

 public:
  /// Whether this is faster than products that make so many multiplications and need columns: it
  /// makes less than 1.75 times as many, and enough for each element of the result.
  static bool pays(const ConvolutionSize& s, std::size_t multiplications) {
    const std::size_t positions = up((s.h.out - 1) * s.w.padded() + s.w.out, size);
    return Tiles::can_pay(s) && s.elements() >= 16 &&
           4 * up(s.filters, tile) * positions * s.elements() < 7 * multiplications;
  }

  /// Keeps the weight (groups filters, channels, h.kernel, w.kernel) in the order in which it is
  /// read, the elements of a tile of filters side by side, and the bias (groups filters), if any.
  Convolve(const T* weight, const T* bias, std::size_t groups, const ConvolutionSize& given)
      : Tiles(given),
        weight_(groups * up(s.filters, tile) * s.elements()),
        bias_(groups * up(s.filters, tile)) {
    T *to = weight_.begin(), *number = bias_.begin();
    for (std::size_t group = 0; group < groups; ++group, weight += s.weight())
      for (std::size_t first = 0; first < s.filters; first += tile) {
        const auto each = [&](T* out, const auto& value) {
          for (std::size_t f = first; f < first + tile; ++f)
            *out++ = f < s.filters ? value(f) : T(0);
          return out;
        };
        for (std::size_t k = 0; k < s.elements(); ++k)
          to = each(to, [&](std::size_t f) { return weight[f * s.elements() + k]; });
        number =
            each(number, [&](std::size_t f) { return bias ? bias[group * s.filters + f] : T(0); });
      }
  }

  /// Memory for a call.
  struct Space {
    explicit Space(const Convolve& c)
        : padded(c.Tiles::padded()), sums(tile * up(c.rows() * c.s.w.padded(), size)) {}
    memory::Scratch<T> padded, sums;
  };

  /// out (filters, h.out, w.out) = the convolution of an image (channels, h.in, w.in) with the
  /// weight of a group, plus the bias of each filter.
  void operator()(T* out, const T* image, std::size_t group, Space& space) const {
    Tiles::pad(space.padded.begin(), image);
    const std::size_t width = s.w.padded();
    for (std::size_t from = 0; from < s.h.out; from += rows()) {
      const T* const x = space.padded.begin() + from * width;
      const std::size_t n = std::min(rows(), s.h.out - from);
      const std::size_t positions = up((n - 1) * width + s.w.out, size);
      for (std::size_t first = 0; first < s.filters; first += tile) {
        const std::size_t number = group * up(s.filters, tile) + first;
        Tiles::for_each_tile(positions, [&]<std::size_t registers>(std::size_t p) {
          sum<registers>(space.sums.begin() + p, positions, x + p,
                         weight_.begin() + number * s.elements(), bias_.begin() + number);
        });
        for (std::size_t f = first; f < std::min(s.filters, first + tile); ++f)
          for (std::size_t i = 0; i < n; ++i)
            copy_run(out + (f * s.h.out + from + i) * s.w.out,
                     space.sums.begin() + (f - first) * positions + i * width, s.w.out);
      }
    }
  }

 private:
  // Rows of the result that are computed at once: their sums are to stay in the nearest cache.
  std::size_t rows() const {
    const std::size_t most = std::max<std::size_t>(1, 1024 / s.w.padded());
    const std::size_t pieces = (s.h.out + most - 1) / most;
    return (s.h.out + pieces - 1) / pieces;
  }

  template <std::size_t registers>
  void sum(T* out, std::size_t row, const T* x, const T* weight, const T* bias) const {
    const std::size_t* const offset = offsets.begin();
    V sums[tile][registers];
    Tiles::template for_each_sum<registers>([&](auto i, auto j) { sums[i][j] = V(bias[i]); });
    for (std::size_t k = 0; k < s.elements(); ++k, weight += tile) {
      V met[registers];
      for (std::size_t j = 0; j < registers; ++j) met[j] = V::load(x + offset[k] + j * size);
      for (std::size_t i = 0; i < tile; ++i) {
        const V factor(weight[i]);
        for (std::size_t j = 0; j < registers; ++j) sums[i][j] = fma(factor, met[j], sums[i][j]);
      }
    }
    Tiles::template for_each_sum<registers>(
        [&](auto i, auto j) { sums[i][j].store(out + i * row + j * size); });
  }

  memory::Scratch<T> weight_, bias_;
};

/// The weight's gradient: sums over the positions of what a kernel element meets times what a
/// filter gave there, for a tile of elements and registers of filters.
template <class T, class A = Architecture>
class Correlate : ConvolutionTiles<T, A> {
  using Tiles = ConvolutionTiles<T, A>;
  using Tiles::size, Tiles::tile, Tiles::slack, Tiles::up, Tiles::s, Tiles::offsets;
  using V = Lanes<T, A>;

 public:
  /// Whether this is faster than products that need columns: there is enough to do for each element
  /// of the image's result, which is transposed, and of the sums, and few filters more in whole
  /// registers.
  static bool pays(const ConvolutionSize& s) {
    return Tiles::can_pay(s) && s.elements() >= 64 && s.positions() >= 100 &&
           4 * up(s.filters, size) < 7 * s.filters;
  }

  explicit Correlate(const ConvolutionSize& given) : Tiles(given) {}

  /// Memory for a call.
  struct Space {
    explicit Space(const Correlate& c) : padded(c.Tiles::padded()), given(c.s.result() + slack) {
      std::fill(given.end() - slack, given.end(), T(0));
    }
    memory::Scratch<T> padded, given;
  };

  /// Elements of the sums: (elements, filters), each row and the rows with some more behind them.
  std::size_t sums() const { return up(s.elements(), tile) * up(s.filters, size); }
  /// sums += the gradient of one image (channels, h.in, w.in) and the gradient g (filters, h.out,
  /// w.out) of its result.
  void add(T* sums, const T* image, const T* g, Space& space) const {
    Tiles::pad(space.padded.begin(), image);
    transpose_columns(space.given.begin(), g, s.filters, s.positions(), 0, s.positions());
    // Rows whose part of g stays in the nearest cache.
    const std::size_t rows = std::max<std::size_t>(1, 6144 / (s.filters * s.w.out));
    for (std::size_t from = 0; from < s.h.out; from += rows)
      for (std::size_t k = 0; k < s.elements(); k += tile)
        Tiles::for_each_tile(up(s.filters, size), [&]<std::size_t registers>(std::size_t f) {
          sum<registers>(sums + k * up(s.filters, size) + f, space.padded.begin(),
                         offsets.begin() + k, space.given.begin() + f, from,
                         std::min(s.h.out, from + rows));
        });
  }
  /// weight (filters, elements) = the sums.
  void finish(T* weight, const T* sums) const {
    for (std::size_t f = 0; f < s.filters; ++f)
      for (std::size_t k = 0; k < s.elements(); ++k) *weight++ = sums[k * up(s.filters, size) + f];
  }

 private:
  template <std::size_t registers>
  void sum(T* out, const T* x, const std::size_t* offset, const T* g, std::size_t from,
           std::size_t to) const {
    const std::size_t row = up(s.filters, size);
    V sums[tile][registers];
    Tiles::template for_each_sum<registers>(
        [&](auto i, auto j) { sums[i][j] = V::load(out + i * row + j * size); });
    g += from * s.w.out * s.filters;
    for (std::size_t r = from; r < to; ++r) {
      const T* met[tile];
      for (std::size_t i = 0; i < tile; ++i) met[i] = x + offset[i] + r * s.w.padded();
      for (std::size_t p = 0; p < s.w.out; ++p, g += s.filters) {
        V given[registers];
        for (std::size_t j = 0; j < registers; ++j) given[j] = V::load(g + j * size);
        for (std::size_t i = 0; i < tile; ++i) {
          const V factor(met[i][p]);
          for (std::size_t j = 0; j < registers; ++j)
            sums[i][j] = fma(factor, given[j], sums[i][j]);
        }
      }
    }
    Tiles::template for_each_sum<registers>(
        [&](auto i, auto j) { sums[i][j].store(out + i * row + j * size); });
  }
};

}  // namespace xgrad::kernels
