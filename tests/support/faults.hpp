#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

/// @file
/// What goes wrong around a program.

namespace xgrad::test {

/// While alive, a resource of this process, such as RLIMIT_AS, has this limit.
class ResourceLimit {
 public:
  ResourceLimit(__rlimit_resource_t resource, rlim_t most) : resource_(resource) {
    getrlimit(resource_, &before_);
    const rlimit limit{most, before_.rlim_max};
    setrlimit(resource_, &limit);
  }
  ~ResourceLimit() { setrlimit(resource_, &before_); }
  ResourceLimit(const ResourceLimit&) = delete;
  ResourceLimit& operator=(const ResourceLimit&) = delete;

 private:
  __rlimit_resource_t resource_;
  rlimit before_{};
};

/// While alive, no file of this process grows beyond `bytes`: a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes)
      : handler_(std::signal(SIGXFSZ, SIG_IGN)), limit_(RLIMIT_FSIZE, bytes) {}
  ~FullDisk() { std::signal(SIGXFSZ, handler_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*handler_)(int);
  ResourceLimit limit_;
};

/// While it lives, a process of the superuser has the rights of the user nobody.
class Unprivileged {
 public:
  Unprivileged() : user_(geteuid()) {
    if (user_ == 0) changed_ = seteuid(65534) == 0;
  }
  ~Unprivileged() {
    if (changed_) {
      EXPECT_EQ(seteuid(user_), 0);
    }
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  uid_t user_;
  bool changed_ = false;
};

/// While alive, this process cannot have more memory than it has, but for `bytes`.
class MemoryLimit {
 public:
  explicit MemoryLimit(rlim_t bytes) : limit_(RLIMIT_AS, size() + bytes) {}

 private:
  static rlim_t size() {
    std::ifstream statistics("/proc/self/statm");
    rlim_t pages = 0;
    statistics >> pages;
    return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
  }

  ResourceLimit limit_;
};

}  // namespace xgrad::test
