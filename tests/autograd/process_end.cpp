// What the library's threads and OpenBLAS do around fork() and exit(), and when the system refuses
// threads or memory. Each argument is a situation. The program exits with 0 if it survives it; the
// test's time limit ends it if it hangs.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <thread>

#include "autograd/creation.hpp"
#include "autograd/engine.hpp"
#include "autograd/library.hpp"
#include "autograd/ops.hpp"

using namespace xgrad;

namespace {

Tensor large(std::size_t n = 600) { return ones({n, n}); }

struct AtExit {
  Tensor x;
  ~AtExit() {
    if (x.defined() && matmul(x, x).data<float>()[0] != static_cast<float>(x.size(0))) _exit(3);
  }
} at_exit;

// Multiplies on a thread of its own until it is destroyed.
struct Worker {
  std::atomic<bool> stop = false;
  std::thread thread;

  void start() {
    thread = std::thread([this] {
      do matmul(large(), large());
      while (!stop);
      matmul(large(), large());
    });
  }
  ~Worker() {
    stop = true;
    if (thread.joinable()) thread.join();
  }
} worker;

template <class Child>
int child_of(Child child) {
  const pid_t pid = fork();
  if (pid == 0) {
    child();
    _exit(0);
  }
  int status = 1;
  waitpid(pid, &status, 0);
  return status;
}

// Limits the process to that much more than it has.
void limit_memory(std::size_t mib) {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t bytes = pages * static_cast<std::size_t>(getpagesize()) + (mib << 20);
  const rlimit limit{bytes, bytes};
  setrlimit(RLIMIT_AS, &limit);
}

int run(const std::string& situation) {
  set_num_threads(2);
  if (situation == "oom") {
    // At any limit, steps succeed or throw an Error, and none waits forever.
    Tensor w = ones({256, 700}, {.requires_grad = true});
    const auto step = [&](std::size_t n) { sum(matmul(ones({n, 256}), w)).backward(); };
    step(8);
    limit_memory(300);
    std::size_t failed = 0;
    for (std::size_t n = 1000; n < 4'000'000; n *= 2) {
      try {
        step(n);
      } catch (const Error& error) {
        const std::string text = error.what();
        failed += text.find("bytes") != std::string::npos ? 1 : 100;
      }
    }
    step(8);
    return failed > 0 && failed < 100 ? 0 : 1;
  }
  matmul(large(), large());  // starts the threads
  if (situation == "fork_multiplies") return child_of([] { matmul(large(), large()); });
  if (situation == "fork_trains")
    return child_of([] {
      Tensor w = ones({600, 600}, {.requires_grad = true});
      sum(matmul(w, w)).backward();
    });
  if (situation == "fork_sets_threads")
    return child_of([] {
      set_num_threads(3);
      matmul(large(), large());
      set_num_threads(1);
      matmul(large(), large());
    });
  if (situation == "fork_exits") return child_of([] { std::exit(0); });
  if (situation == "fork_twice")
    return child_of([] { std::exit(child_of([] { matmul(large(), large()); })); });
  if (situation == "fork_while_another_thread_multiplies") {
    bool stop = false;
    std::thread other([&stop] {
      while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) matmul(large(), large());
    });
    int status = 0;
    for (int i = 0; i < 10; ++i) status |= child_of([] { matmul(large(), large()), std::exit(0); });
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    other.join();
    return status;
  }
  if (situation == "static_destructor") {
    at_exit.x = large();
    return 0;
  }
  if (situation == "static_destructor_joins") {
    worker.start();
    return 0;
  }
  if (situation == "exit_while_others_multiply") {
    at_exit.x = large();
    for (int i = 0; i < 3; ++i)
      std::thread([] {
        for (;;) matmul(large(), large()), matmul(large(60), large(60));
      }).detach();
    usleep(100'000);
    return 0;
  }
  if (situation == "many_threads") {
    set_num_threads(100'000);
    return matmul(large(), large()).data<float>()[0] == 600 ? 0 : 1;
  }
  if (situation == "threads_refused") {
    const Tensor a = large(4000);
    limit_memory(300);  // not enough for 8 MiB of stack each
    set_num_threads(1000);
    try {
      matmul(a, a);
    } catch (const Error&) {  // no memory for the result is no fault
    }
    return 0;
  }
  return 2;
}

}  // namespace

int main(int, char** arguments) {
  try {
    return run(arguments[1]) == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
