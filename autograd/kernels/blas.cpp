#include "blas.hpp"

#include <cblas.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <string_view>
#include <thread>
#include <vector>

#include "../support/error.hpp"
#include "../support/mode.hpp"
#include "../support/str.hpp"

// OpenBLAS's own routines allocate their buffers by these functions, which no header declares.
extern "C" {
void* blas_memory_alloc(int position);
void blas_memory_free(void* buffer);
}

namespace xgrad::kernels {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{128} << 20;  // BUFFER_SIZE on x86-64
constexpr std::size_t closed = std::size_t{1} << 62;

constinit std::atomic<std::size_t> users{0};    // running calls; `closed` more after main's end
constinit std::atomic<std::size_t> buffers{0};  // of OpenBLAS
std::thread::id last_user;

// OpenBLAS never stops trying if the system has no memory for a buffer. So it gets its buffers,
// which it keeps, after a trial has shown that there is memory.
void provide_buffers(std::size_t count) {
  const std::size_t bytes = (count - buffers.load()) * buffer_bytes;
  void* room = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED)
    throw MemoryError(str(detail::mode.operation ? detail::mode.operation : "matmul", ": ", bytes,
                          " bytes for OpenBLAS to work in cannot be allocated; use ",
                          "fewer threads or free tensors first"));
  std::vector<void*> all(count);
  munmap(room, bytes);
  for (void*& buffer : all) buffer = blas_memory_alloc(0);
  for (void* buffer : all) blas_memory_free(buffer);
  buffers.store(count);
}

// OpenBLAS unmaps its buffers when it is unloaded, even if they are in use. So before that, and
// after all static destructors, which may still wait for threads, the exit waits for running calls.
// Threads that are left wait for the end of the process instead of making another call.
[[gnu::destructor]] void close() {
  last_user = std::this_thread::get_id();
  users.fetch_add(closed);
  while (users.load() != closed) std::this_thread::yield();
}

void open_once() {
  static const bool done = [] {
    // Each of its own threads takes a buffer when it starts, some time after the program. A job
    // that all share ends when all have started.
    const std::vector<double> zeros(20'000);
    cblas_ddot(static_cast<blasint>(zeros.size()), zeros.data(), 1, zeros.data(), 1);
    openblas_set_num_threads(1);
    pthread_atfork(nullptr, nullptr, [] { users.store(0); });
    return true;
  }();
  (void)done;
}

}  // namespace

BlasUse::BlasUse(std::size_t threads) : threads_(threads) {
  open_once();
  const std::size_t count = users.fetch_add(threads) + threads;
  if (count <= buffers.load(std::memory_order_relaxed)) return;
  if (count >= closed && std::this_thread::get_id() != last_user) {
    users.fetch_sub(threads);
    for (;;) pause();
  }
  try {
    if (const std::size_t wanted = count & ~closed; wanted > buffers.load())
      provide_buffers(wanted);
  } catch (...) {
    users.fetch_sub(threads);
    throw;
  }
}

BlasUse::~BlasUse() { users.fetch_sub(threads_); }

std::size_t blas_register_bytes() {
  const std::string_view core = openblas_get_corename();
  for (const std::string_view wide : {"SkylakeX", "Cooperlake", "SapphireRapids"})
    if (core == wide) return 64;
  for (const std::string_view avx :
       {"Sandybridge", "Haswell", "Zen", "Bulldozer", "Piledriver", "Steamroller", "Excavator"})
    if (core == avx) return 32;
  return 16;
}

}  // namespace xgrad::kernels
