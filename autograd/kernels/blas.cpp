#include "blas.hpp"

#include <cblas.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "../support/error.hpp"
#include "../support/message.hpp"
#include "../support/mode.hpp"

// How OpenBLAS's own routines come by the buffers that they work in. No header has them.
extern "C" {
void* blas_memory_alloc(int position);
void blas_memory_free(void* buffer);
}

namespace xgrad::kernels {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{128} << 20;  // BUFFER_SIZE on x86-64
constexpr std::size_t closed = std::size_t{1} << 62;

constinit std::atomic<std::size_t> users{0};  // calls under way; `closed` more once main has ended
constinit std::atomic<std::size_t> buffers{0};  // that OpenBLAS has
std::thread::id last_user;

// Where the system has no memory for a buffer, OpenBLAS tries for ever: it gets them while there is
// some. It keeps them.
void provide_buffers(std::size_t count) {
  const std::size_t bytes = (count - buffers.load()) * buffer_bytes;
  void* room = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED)
    throw MemoryError(message(detail::mode.operation ? detail::mode.operation : "matmul", ": ",
                              bytes, " bytes for OpenBLAS to work in cannot be allocated; use ",
                              "fewer threads or free tensors first"));
  std::vector<void*> all(count);
  munmap(room, bytes);
  for (void*& buffer : all) buffer = blas_memory_alloc(0);
  for (void* buffer : all) blas_memory_free(buffer);
  buffers.store(count);
}

// OpenBLAS unmaps its buffers when it is unloaded, whoever uses them. So before that, after all
// static destructors, which may still wait for threads, the exit waits for calls that are under
// way; threads that are left wait for the end of the process before the next.
[[gnu::destructor]] void close() {
  last_user = std::this_thread::get_id();
  users.fetch_add(closed);
  while (users.load() != closed) std::this_thread::yield();
}

void open_once() {
  static const bool done = [] {
    // Each of its own threads takes a buffer when it starts, at some time after the program. A job
    // that all share is done when all have started.
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

}  // namespace xgrad::kernels
