#pragma once

#include <autograd/apply.hpp>
#include <autograd/dual.hpp>
#include <autograd/xtensor.hpp>
#include <functional>
#include <iostream>
#include <string>
#include <type_traits>
#include <vector>
#include <xgrad.hpp>

/// @file
/// The C++ of README.md and docs/*.md, of which blocks.awk makes a source.

/// As in autograd/ops/formulas.hpp, which undefines it.
#define XGRAD_UNARY(name, domain, value, gradient)           \
  [[maybe_unused]] constexpr auto name##_op =                \
      xgrad::formula::unary<xgrad::formula::Domain::domain>( \
          #name, [](const auto& x) { return value; },        \
          [](const auto& g, [[maybe_unused]] const auto& x, const auto& y) { return gradient; })

namespace xgrad::test {

struct Block {
  std::string where;  ///< page:line
  std::function<void()> run;
  std::string output;  ///< what the page says that it prints
};

std::vector<Block> blocks();

/// Calls a block's function, a main with the working directory as its argument.
template <class Run>
std::function<void()> calling(Run* run) {
  return [run] {
    if constexpr (std::is_invocable_v<Run*>) {
      run();
    } else {
      std::string name = "program", directory = ".";
      char* arguments[] = {name.data(), directory.data(), nullptr};
      run(2, arguments);
    }
  };
}

}  // namespace xgrad::test
