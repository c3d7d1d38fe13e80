#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

#include "autograd/error.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xgrad::test {

/// Calls f with `valid` damaged in many ways, the same ones each time: every byte up to `dense`
/// (its header) replaced by, and followed by, each of some characters that mean something there,
/// removed and with each bit flipped; every byte after it with a bit flipped; and every truncation.
template <class F>
void for_each_damage(const std::string& valid, std::size_t dense, F f) {
  const auto changed_at = [&](std::size_t i, auto change) {
    std::string bytes = valid;
    change(bytes, i);
    if (bytes != valid) f(bytes);
  };
  const auto flip = [&](std::size_t i, unsigned bit) {
    changed_at(i, [bit](std::string& bytes, std::size_t at) {
      bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << bit));
    });
  };
  for (std::size_t i = 0; i < dense; ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) flip(i, bit);
    for (const char c :
         {'\0', '"', '\'', '{', '}', '[', ']', '(', ',', '-', '0', '9', 'e', ' ', '\xff'}) {
      changed_at(i, [c](std::string& bytes, std::size_t at) { bytes[at] = c; });
      changed_at(i, [c](std::string& bytes, std::size_t at) { bytes.insert(at, 1, c); });
    }
    changed_at(i, [](std::string& bytes, std::size_t at) { bytes.erase(at, 1); });
  }
  for (std::size_t i = dense; i < valid.size(); ++i) flip(i, static_cast<unsigned>(i % 8));
  for (std::size_t i = 0; i < valid.size(); ++i) f(valid.substr(0, i));
}

/// A damaged file is refused by an IoError that names it, or read by `load` as some tensors.
template <class Load>
void expect_damage_is_noticed(const std::string& path, const std::string& valid, std::size_t dense,
                              Load load) {
  std::size_t refused = 0;
  for_each_damage(valid, dense, [&](const std::string& bytes) {
    std::filesystem::remove(path);
    write_file(path, bytes);
    try {
      load(bytes);
    } catch (const IoError& error) {
      EXPECT_TRUE(std::string_view(error.what()).starts_with(path + ": ")) << error.what();
      ++refused;
    }
  });
  EXPECT_GT(refused, 10 * dense);
}

}  // namespace xgrad::test
