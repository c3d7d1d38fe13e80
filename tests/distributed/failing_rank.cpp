// Rank 1 fails as the argument says, while the others wait for it.

#include <csignal>
#include <cstdio>
#include <string_view>

#include "autograd/error.hpp"
#include "distributed/communicator.hpp"

int main(int, char** argv) {
  const std::string_view way = argv[1];
  try {
    const xgrad::distributed::Communicator ranks;
    ranks.barrier();
    if (ranks.rank() == 1) {
      if (way == "throws") throw xgrad::Error("disk full");
      if (way == "is_killed") std::raise(SIGKILL);
    }
    ranks.barrier();
  } catch (const xgrad::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  std::puts("the others went on");
}
