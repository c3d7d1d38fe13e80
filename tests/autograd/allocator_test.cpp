#include "autograd/support/allocator.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "tests/support/sanitizer.hpp"

namespace xgrad::memory {
namespace {

constexpr bool caching = !test::address_sanitizer;

TEST(Allocator, GivesAlignedBlocksOfTheSizeAskedFor) {
  for (const std::size_t bytes :
       {0U, 1U, 8U, 63U, 64U, 65U, 500U, 513U, 4096U, 100000U, 3000001U}) {
    void* block = allocate(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0u) << bytes;
    std::memset(block, 0xab, bytes);
    deallocate(block, bytes);
  }
}

TEST(Allocator, GivesLargeBlocksOfDifferentOffsetsWhichGoBackWhole) {
  constexpr std::size_t bytes = 3'000'000;
  std::vector<unsigned char*> blocks;
  std::set<std::uintptr_t> offsets;
  for (int i = 0; i < 20; ++i) {
    blocks.push_back(static_cast<unsigned char*>(allocate(bytes)));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(blocks.back()) % 64, 0u);
    offsets.insert(reinterpret_cast<std::uintptr_t>(blocks.back()) % 4096);
    blocks.back()[0] = blocks.back()[bytes - 1] = 1;
  }
  EXPECT_GE(offsets.size(), 16u);
  for (unsigned char* block : blocks) deallocate(block, bytes);
  release_cached();
  EXPECT_EQ(statistics().cached_bytes, 0u);
}

TEST(Allocator, GivesLivingBlocksThatDoNotOverlap) {
  std::vector<unsigned char*> blocks;
  for (std::size_t i = 0; i < 200; ++i) {
    blocks.push_back(static_cast<unsigned char*>(allocate(7 * i + 1)));
    std::memset(blocks.back(), static_cast<int>(i), 7 * i + 1);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (std::size_t k = 0; k < 7 * i + 1; ++k) ASSERT_EQ(blocks[i][k], i);
    deallocate(blocks[i], 7 * i + 1);
  }
}

TEST(Allocator, ReusesBlocks) {
  if (!caching) GTEST_SKIP() << "AddressSanitizer";
  for (const std::size_t bytes : {1U, 64U, 100U, 4096U, 1000000U}) {
    void* first = allocate(bytes);
    deallocate(first, bytes);
    const std::size_t before = statistics().system_allocations;
    void* second = allocate(bytes);
    EXPECT_EQ(first, second) << bytes;
    EXPECT_EQ(statistics().system_allocations, before);
    deallocate(second, bytes);
  }
}

TEST(Allocator, CountsWhatItKeepsAndGivesItBack) {
  release_cached();
  EXPECT_EQ(statistics().cached_bytes, 0u);
  deallocate(allocate(1000), 1000);
  if (caching) {
    EXPECT_GE(statistics().cached_bytes, 1000u);
    EXPECT_LE(statistics().cached_bytes, 1300u);
  }
  release_cached();
  EXPECT_EQ(statistics().cached_bytes, 0u);
  const std::size_t before = statistics().system_allocations;
  deallocate(allocate(1000), 1000);
  EXPECT_EQ(statistics().system_allocations, before + 1);
}

TEST(Allocator, LosesAtMostAFifthOfLargeBlocks) {
  if (!caching) GTEST_SKIP() << "AddressSanitizer";
  for (std::size_t bytes = 1024; bytes < 1'000'000; bytes += bytes / 7) {
    release_cached();
    deallocate(allocate(bytes), bytes);
    EXPECT_GE(statistics().cached_bytes, bytes);
    EXPECT_LE(statistics().cached_bytes, bytes + bytes / 4) << bytes;
  }
  release_cached();
}

TEST(Allocator, CountsForEachThreadAlone) {
  const Statistics before = statistics();
  std::thread([] {
    EXPECT_EQ(statistics().system_allocations, 0u);
    deallocate(allocate(300), 300);
    EXPECT_EQ(statistics().system_allocations, 1u);
  }).join();
  EXPECT_EQ(statistics().system_allocations, before.system_allocations);
}

TEST(Allocator, TakesBlocksOfOtherThreads) {
  void* block = nullptr;
  std::thread([&] { block = allocate(300); }).join();
  std::memset(block, 1, 300);
  deallocate(block, 300);
  if (caching) {
    void* again = allocate(300);
    EXPECT_EQ(again, block);
    deallocate(again, 300);
  }
  block = allocate(300);
  std::thread([&] {  // its first call
    deallocate(block, 300);
    EXPECT_EQ(statistics().cached_bytes, caching ? detail::classify(300).bytes : 0);
  })
      .join();
}

}  // namespace
}  // namespace xgrad::memory
