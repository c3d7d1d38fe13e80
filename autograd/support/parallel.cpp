#include "parallel.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "error.hpp"
#include "library.hpp"
#include "str.hpp"

namespace xgrad {
namespace {

using Body = std::function<void(std::size_t)>;

thread_local bool is_worker = false;  // a piece of a job runs on this thread

// Threads that sleep until there is a job; they are started when first needed. One job runs at a
// time: a caller that finds the pool busy does its work alone.
class Pool {
 public:
  std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

  void resize(std::size_t threads) {
    const std::lock_guard busy(job_mutex_);
    threads_.clear();
    size_.store(threads, std::memory_order_relaxed);
  }

  void run(std::size_t count, const Body& body) {
    std::unique_lock<std::mutex> busy;
    if (!is_worker && count > 1 && size() > 1)
      busy = std::unique_lock(job_mutex_, std::try_to_lock);
    if (!busy) {
      for (std::size_t i = 0; i < count; ++i) body(i);
      return;
    }
    start(std::min(size(), count) - 1);
    {
      const std::lock_guard lock(mutex_);
      body_ = &body;
      count_ = count;
      next_.store(0, std::memory_order_relaxed);
      idle_ = 0;
      ++generation_;
    }
    wake_.notify_all();
    is_worker = true;
    work();
    is_worker = false;
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return idle_ == threads_.size(); });
  }

  // Around fork(): no job runs, and nobody holds the locks.
  void hold() {
    job_mutex_.lock();
    mutex_.lock();
  }
  void release() {
    mutex_.unlock();
    job_mutex_.unlock();
  }

 private:
  // Starts threads until there are so many, or as many as the system allows.
  void start(std::size_t threads) {
    try {
      while (threads_.size() < threads)
        threads_.emplace_back(
            [this, seen = generation_](std::stop_token stop) { loop(std::move(stop), seen); });
    } catch (const std::exception&) {
      size_.store(threads_.size() + 1, std::memory_order_relaxed);
    }
  }

  void loop(std::stop_token stop, std::size_t seen) {
    is_worker = true;
    std::unique_lock lock(mutex_);
    while (wake_.wait(lock, stop, [&] { return generation_ != seen; })) {
      seen = generation_;
      lock.unlock();
      work();
      lock.lock();
      if (++idle_ == threads_.size()) done_.notify_one();
    }
  }

  void work() {
    for (std::size_t i = next_.fetch_add(1); i < count_; i = next_.fetch_add(1)) (*body_)(i);
  }

  std::mutex job_mutex_;  // held while a job runs
  std::mutex mutex_;      // guards what follows
  std::condition_variable_any wake_;
  std::condition_variable done_;
  std::atomic<std::size_t> size_{std::max(1U, std::thread::hardware_concurrency())};
  std::atomic<std::size_t> next_{0};
  std::size_t count_ = 0, idle_ = 0, generation_ = 0;
  const Body* body_ = nullptr;
  std::vector<std::jthread> threads_;  // stopped and joined before the rest goes
};

// The pool is never destroyed: static destructors may still use it, and its threads end with the
// process. The child of a fork() has none of its parent's threads and gets a new pool.
Pool*& the_pool() {
  static Pool* instance = [] {
    pthread_atfork([] { the_pool()->hold(); }, [] { the_pool()->release(); },
                   [] {
                     const std::size_t threads = the_pool()->size();
                     the_pool() = new Pool;
                     the_pool()->resize(threads);
                   });
    return new Pool;
  }();
  return instance;
}
Pool& pool() { return *the_pool(); }

}  // namespace

void set_num_threads(std::size_t n) {
  if (n == 0) throw ValueError(str("set_num_threads: ", n, " threads; expected at least 1"));
  pool().resize(n);
}

std::size_t num_threads() noexcept { return pool().size(); }

namespace kernels {

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  pool().run(count, body);
}

}  // namespace kernels
}  // namespace xgrad
