#include "parallel.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "error.hpp"
#include "library.hpp"
#include "str.hpp"

namespace xgrad {
namespace {

// How long a thread stays awake without work. A training step has some 30 jobs within less.
constexpr auto patience = std::chrono::microseconds(50);

thread_local bool is_working = false;  // a piece of a job runs on this thread

// Waits until `value` is not `old`. Gives the processor to whoever else wants it.
void await_change(const std::atomic<int>& value, int old) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (value == old && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  value.wait(old);
}

// How the processor rounds, and whether it treats denormal numbers as 0: a thread computes a piece
// as the caller would.
unsigned arithmetic() noexcept {
#if defined(__SSE2__)
  return _mm_getcsr();
#else
  return 0;
#endif
}
void set_arithmetic([[maybe_unused]] unsigned control) noexcept {
#if defined(__SSE2__)
  _mm_setcsr(control);
#endif
}

// Threads are started when first needed. One job runs at a time: a caller that finds the pool busy
// does its work alone. Nobody waits for a thread that sleeps, or has not come to its first piece.
struct Pool {
  std::mutex job_mutex;  // held while a job runs
  std::atomic<std::size_t> size{std::max(1U, std::thread::hardware_concurrency())};
  std::atomic<int> jobs{0};  // how many there were

  // The job. Who counts `unclaimed` down from above 0 has a piece, and the job stays as it is until
  // `working` is 0. The caller takes pieces from the first one on, the others from the last one on:
  // in jobs that follow each other a thread meets the elements that are in its cache.
  std::atomic<std::ptrdiff_t> unclaimed{0};
  std::atomic<std::size_t> end{0};  // of the pieces that are left to the others
  std::atomic<int> working{0};      // of the others
  const std::function<void(std::size_t)>* body = nullptr;
  unsigned control = 0;
  std::mutex error_mutex;
  std::exception_ptr error;  // that a piece threw

  std::vector<std::jthread> threads;  // stopped and joined before the rest goes

  template <class Next>
  void work(Next next) {
    while (unclaimed.fetch_sub(1) > 0) {
      try {
        (*body)(next());
      } catch (...) {
        const std::lock_guard lock(error_mutex);
        error = std::current_exception();
      }
    }
  }

  void live(const std::stop_token& stop, int seen) {
    is_working = true;
    // `seen` is read before the stop is looked for, which is requested before `jobs` changes: read
    // after it, the change that comes with the stop could be taken for a job and waited for again.
    while (await_change(jobs, seen), seen = jobs, !stop.stop_requested()) {
      ++working;
      work([this] {
        set_arithmetic(control);
        return --end;
      });
      if (--working == 0) working.notify_one();
    }
  }

  // Starts threads until there are enough for so many pieces, or as many as the system allows.
  void start(std::size_t pieces) {
    try {
      while (threads.size() + 1 < std::min(size.load(), pieces))
        threads.emplace_back(
            [this, seen = jobs.load()](const std::stop_token& stop) { live(stop, seen); });
    } catch (const std::exception&) {
      size = threads.size() + 1;
    }
  }

  void stop() {
    for (std::jthread& thread : threads) thread.request_stop();
    ++jobs;
    jobs.notify_all();
    threads.clear();
  }

  void run(std::size_t pieces, double nanoseconds, const std::function<void(std::size_t)>& f) {
    std::unique_lock<std::mutex> busy;
    if (!is_working && pieces > 1 && size > 1) busy = std::unique_lock(job_mutex, std::try_to_lock);
    if (!busy) {
      for (std::size_t i = 0; i < pieces; ++i) f(i);
      return;
    }
    const bool wakes = nanoseconds >= 25 * kernels::least_piece;
    if (wakes) start(pieces);
    body = &f;
    control = arithmetic();
    end = pieces;
    unclaimed = static_cast<std::ptrdiff_t>(pieces);
    ++jobs;
    if (wakes) jobs.notify_all();
    is_working = true;
    work([piece = std::size_t{0}]() mutable { return piece++; });
    is_working = false;
    while (const int others = working) await_change(working, others);
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
  }
};

// The pool is never destroyed: static destructors may still use it, and its threads end with the
// process. At a fork() no job runs; the child has none of its parent's threads and gets a new pool.
Pool*& pool() {
  static Pool* instance = [] {
    pthread_atfork([] { pool()->job_mutex.lock(); }, [] { pool()->job_mutex.unlock(); },
                   [] {
                     const std::size_t threads = pool()->size;
                     pool() = new Pool;
                     pool()->size = threads;
                   });
    return new Pool;
  }();
  return instance;
}

}  // namespace

void set_num_threads(std::size_t n) {
  if (n == 0) throw ValueError(str("set_num_threads: ", n, " threads; expected at least 1"));
  const std::lock_guard busy(pool()->job_mutex);
  pool()->stop();
  pool()->size = n;
}

std::size_t num_threads() noexcept { return pool()->size; }

void kernels::parallel_for(std::size_t count, double nanoseconds,
                           const std::function<void(std::size_t)>& body) {
  pool()->run(count, nanoseconds, body);
}

}  // namespace xgrad
