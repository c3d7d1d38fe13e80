#include "parallel.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "error.hpp"
#include "library.hpp"
#include "str.hpp"

namespace xgrad {
namespace {

thread_local bool is_worker = false;  // a piece of a job runs on this thread

// Threads that sleep until there is a job; they are started when first needed. One job runs at a
// time: a caller that finds the pool busy does its work alone.
struct Pool {
  std::mutex job_mutex;  // held while a job runs
  std::mutex mutex;      // guards what follows
  std::condition_variable_any wake;
  std::condition_variable done;
  std::atomic<std::size_t> size{std::max(1U, std::thread::hardware_concurrency())};
  std::atomic<std::size_t> next{0};
  std::size_t count = 0, idle = 0, generation = 0;
  const std::function<void(std::size_t)>* body = nullptr;
  std::vector<std::jthread> threads;  // stopped and joined before the rest goes

  void work() {
    for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) (*body)(i);
  }

  // Starts threads until there are enough for so many pieces, or as many as the system allows.
  void start(std::size_t pieces) {
    const auto live = [this](const std::stop_token& stop, std::size_t seen) {
      is_worker = true;
      std::unique_lock lock(mutex);
      while (wake.wait(lock, stop, [&] { return generation != seen; })) {
        seen = generation;
        lock.unlock();
        work();
        lock.lock();
        if (++idle == threads.size()) done.notify_one();
      }
    };
    try {
      while (threads.size() + 1 < std::min(size.load(), pieces))
        threads.emplace_back(live, generation);
    } catch (const std::exception&) {
      size = threads.size() + 1;
    }
  }

  void run(std::size_t pieces, const std::function<void(std::size_t)>& f) {
    std::unique_lock<std::mutex> busy;
    if (!is_worker && pieces > 1 && size > 1) busy = std::unique_lock(job_mutex, std::try_to_lock);
    if (!busy) {
      for (std::size_t i = 0; i < pieces; ++i) f(i);
      return;
    }
    start(pieces);
    std::unique_lock lock(mutex);
    body = &f;
    count = pieces;
    next = idle = 0;
    ++generation;
    lock.unlock();
    wake.notify_all();
    is_worker = true;
    work();
    is_worker = false;
    lock.lock();
    done.wait(lock, [this] { return idle == threads.size(); });
  }
};

// The pool is never destroyed: static destructors may still use it, and its threads end with the
// process. At a fork() no job runs, and nobody holds the locks; the child has none of its parent's
// threads and gets a new pool.
Pool*& pool() {
  static Pool* instance = [] {
    pthread_atfork([] { std::lock(pool()->job_mutex, pool()->mutex); },
                   [] {
                     pool()->mutex.unlock();
                     pool()->job_mutex.unlock();
                   },
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
  pool()->threads.clear();
  pool()->size = n;
}

std::size_t num_threads() noexcept { return pool()->size; }

void kernels::parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  pool()->run(count, body);
}

}  // namespace xgrad
