#include "autograd/io/file.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>
#include <utility>

#include "tests/support/faults.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using detail::AtomicFile;
using detail::InputFile;

class File : public ::testing::Test {
 protected:
  std::size_t files_in_directory() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(directory_.path()), {}));
  }
  static void replace(const std::string& path, const std::string& content) {
    AtomicFile file(path);
    file.write(content.data(), content.size());
    file.commit();
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "file";
};

TEST_F(File, ReplacesTheContent) {
  replace(path_, "first");
  EXPECT_EQ(read_file(path_), "first");
  replace(path_, std::string(100'000, 'x'));
  EXPECT_EQ(read_file(path_), std::string(100'000, 'x'));
  replace(path_, "");
  EXPECT_EQ(read_file(path_), "");
  EXPECT_EQ(files_in_directory(), 1U) << "no temporary file stays";
}

TEST_F(File, KeepsTheOldContentUntilCommit) {
  write_file(path_, "old");
  AtomicFile file(path_);
  file.write("new", 3);
  EXPECT_EQ(read_file(path_), "old");
  file.commit();
  EXPECT_EQ(read_file(path_), "new");
}

TEST_F(File, WithoutCommitNothingHappened) {
  write_file(path_, "old");
  { AtomicFile(path_).write("new", 3); }
  EXPECT_EQ(read_file(path_), "old");
  EXPECT_EQ(files_in_directory(), 1U);
}

TEST_F(File, RemovesWhatKilledProcessesLeft) {
  write_file(path_ + ".tmp-1-0", "half");
  write_file(path_ + ".tmp-4000000000-17", "half");
  for (const char* other : {".tmp-1-0.bak", ".tmp-", ".tmp", "2.tmp-1-0"})
    write_file(path_ + other, "of somebody else");
  std::filesystem::create_directory(path_ + ".tmp-2-0");
  AtomicFile first(path_);
  AtomicFile second(path_);  // leaves alone what the first one is still writing
  first.write("first", 5);
  first.commit();
  EXPECT_EQ(read_file(path_), "first");
  second.write("second", 6);
  second.commit();
  EXPECT_EQ(read_file(path_), "second");
  EXPECT_EQ(files_in_directory(), 1U + 3 + 1 + 1);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp-1-0"));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp-4000000000-17"));
}

TEST_F(File, WritersAtTheSameTimeDoNotDisturbEachOther) {
  const auto write_often = [&](char c) {
    for (int i = 0; i < 50; ++i) replace(path_, std::string(5000, c));
  };
  std::thread other([&] { write_often('a'); });
  write_often('b');
  other.join();
  const std::string content = read_file(path_);
  EXPECT_EQ(content, std::string(5000, content[0]));
  EXPECT_EQ(files_in_directory(), 1U);
}

TEST_F(File, KeepsPermissionsAndLinks) {
  write_file(path_, "old");
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  const std::string link = directory_ / "link";
  std::filesystem::create_symlink("file", link);
  replace(link, "new");
  EXPECT_EQ(read_file(path_), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  struct stat status {};
  stat(path_.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

/// A link is followed wherever it leads: what it names is replaced or made, and it stays one.
TEST_F(File, LinksAreFollowed) {
  std::filesystem::create_directories(directory_ / "there/deeper");
  for (const char* existing : {"", "old"}) {
    for (const auto& [target, made] :
         std::vector<std::pair<std::string, std::string>>{{"made", "made"},
                                                          {"there/made", "there/made"},
                                                          {"there/../made", "made"},
                                                          {"./there/deeper/../made", "there/made"},
                                                          {directory_ / "made", "made"},
                                                          {directory_ / "there/made", "there/made"},
                                                          {"there/second", "there/deeper/made"}}) {
      SCOPED_TRACE(target + (*existing ? ", which exists" : ""));
      const std::string link = directory_ / "link";
      const std::string second = directory_ / "there/second";
      std::filesystem::create_symlink(target, link);
      std::filesystem::create_symlink("deeper/made", second);
      if (*existing) write_file(directory_ / made, existing);
      replace(link, "new");
      EXPECT_EQ(read_file(directory_ / made), "new");
      EXPECT_TRUE(
          std::filesystem::is_regular_file(std::filesystem::symlink_status(directory_ / made)));
      for (const std::string& path : {link, second}) {
        EXPECT_TRUE(std::filesystem::is_symlink(path));
        std::filesystem::remove(path);
      }
      std::filesystem::remove(directory_ / made);
      EXPECT_EQ(files_in_directory(), 1U) << "no temporary file stays";
    }
  }
}

TEST_F(File, LinksThatLeadNowhereAreRefused) {
  const std::string link = directory_ / "link";
  const auto refusal = [&](const std::string& target) {
    std::filesystem::remove(link);
    std::filesystem::create_symlink(target, link);
    const std::string text = ERROR_OF(IoError, replace(link, "new"));
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_TRUE(text.starts_with(link + ": cannot be opened for writing: ")) << text;
    return text.substr(std::min(text.size(), link.size() + 32));
  };
  EXPECT_EQ(refusal("link"), "Too many levels of symbolic links");
  EXPECT_EQ(refusal("no/file"), "No such file or directory");
  EXPECT_EQ(refusal(directory_ / "no/file"), "No such file or directory");
  EXPECT_EQ(refusal(std::string(300, 'x')), "File name too long");
  EXPECT_EQ(refusal("."), "Is a directory");
  std::filesystem::create_symlink("link", directory_ / "other");
  EXPECT_EQ(refusal("other"), "Too many levels of symbolic links");
}

TEST_F(File, StaysInItsDirectoryWhereverTheProcessGoes) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory_.path());
  {
    AtomicFile file("file");
    std::filesystem::current_path("/");
    file.write("new", 3);
    file.commit();
  }
  std::filesystem::current_path(before);
  EXPECT_EQ(read_file(path_), "new");
  EXPECT_EQ(files_in_directory(), 1U);
}

TEST_F(File, NamesAreAsLongAsTheSystemTakes) {
  for (const std::size_t length : {200U, 223U, 224U, 230U, 254U, 255U}) {
    const std::string path = directory_ / std::string(length, 'n');
    write_file(path, "old");
    // What a killed process left, with the name cut as that of a temporary file is.
    const std::string left =
        directory_ / (std::string(std::min<std::size_t>(length, 223), 'n') + ".tmp-1-0");
    write_file(left, "half");
    replace(path, "new");
    EXPECT_EQ(read_file(path), "new") << length;
    EXPECT_FALSE(std::filesystem::exists(left)) << length;
    std::filesystem::remove(path);
    EXPECT_EQ(files_in_directory(), 0U) << length;
  }
  for (const std::string& path :
       {directory_ / std::string(256, 'n'), directory_ / std::string(5000, 'n')}) {
    EXPECT_EQ(ERROR_OF(IoError, replace(path, "new")),
              path + ": cannot be opened for writing: File name too long");
    EXPECT_EQ(ERROR_OF(IoError, InputFile file(path)),
              path + ": cannot be opened: File name too long");
  }
  // The temporary file's path would be longer than one may be.
  std::string deep = directory_.path();
  while (deep.size() < 3800) deep += "/" + std::string(200, 'd');
  std::filesystem::create_directories(deep);
  const std::string path = deep + "/" + std::string(4095 - deep.size() - 1, 'n');
  replace(path, "new");
  EXPECT_EQ(read_file(path), "new");
}

/// The paths that the system would cut off, or not open but for another file.
TEST_F(File, PathsThatNameNoFileAreRefused) {
  write_file(path_, "old");
  std::string nul = path_;
  nul += '\0';
  for (const std::string& path : {nul, nul + "b", nul + nul}) {
    for (const std::string& text :
         {ERROR_OF(IoError, InputFile file(path)), ERROR_OF(IoError, replace(path, "new"))}) {
      EXPECT_TRUE(text.starts_with("open: the path '" + path_ + "\\0")) << text;
      EXPECT_TRUE(text.ends_with("no file's name does")) << text;
    }
  }
  EXPECT_EQ(ERROR_OF(IoError, InputFile file("")),
            "open: the path is empty; expected a file's name");
  EXPECT_EQ(ERROR_OF(IoError, replace("", "new")),
            "open: the path is empty; expected a file's name");
  EXPECT_EQ(read_file(path_), "old");
  EXPECT_EQ(files_in_directory(), 1U);
}

/// Reading and writing do not wait for the other end of a pipe.
TEST_F(File, PipesAndSocketsAreRefusedAtOnce) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  const std::string socket_path = directory_ / "socket";
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const std::string link = directory_ / "link";
  std::filesystem::create_symlink("file", link);
  for (const std::string& path : {path_, socket_path, link}) {
    EXPECT_EQ(ERROR_OF(IoError, InputFile file(path)), path + ": is not a regular file");
    EXPECT_EQ(ERROR_OF(IoError, replace(path, "new")), path + ": is not a regular file");
  }
  close(socket);
  EXPECT_TRUE(std::filesystem::is_fifo(path_));
  EXPECT_TRUE(std::filesystem::is_socket(socket_path));
  EXPECT_EQ(files_in_directory(), 3U);
  for (const char* path : {"/dev/null", "/dev/full", "/dev/zero"})
    EXPECT_EQ(ERROR_OF(IoError, InputFile file(path)),
              std::string(path) + ": is not a regular file");
}

TEST_F(File, AFullDiskLeavesTheOldContent) {
  write_file(path_, "old");
  std::string text;
  {
    FullDisk guard(1000);
    text = ERROR_OF(IoError, replace(path_, std::string(5000, 'x')));
  }
  EXPECT_EQ(text, path_ + ": cannot be written: File too large");
  EXPECT_EQ(read_file(path_), "old");
  EXPECT_EQ(files_in_directory(), 1U);
}

TEST_F(File, DevicesAreWrittenToDirectly) {
  EXPECT_EQ(ERROR_OF(IoError, replace("/dev/full", "content")),
            "/dev/full: cannot be written: No space left on device");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
  replace("/dev/null", "content");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(File, WithoutPermissionTheOldContentStays) {
  write_file(path_, "old");
  std::filesystem::permissions(directory_.path(), std::filesystem::perms(0555));
  std::string text;
  {
    Unprivileged guard;
    text = ERROR_OF(IoError, replace(path_, "new"));
  }
  EXPECT_EQ(text, path_ + ": cannot be opened for writing: Permission denied");
  EXPECT_EQ(read_file(path_), "old");
  EXPECT_EQ(files_in_directory(), 1U);
  std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
}

TEST_F(File, NamesWhatCannotBeWrittenTo) {
  EXPECT_EQ(ERROR_OF(IoError, AtomicFile(directory_ / "no/file")),
            (directory_ / "no/file") + ": cannot be opened for writing: No such file or directory");
  EXPECT_EQ(ERROR_OF(IoError, AtomicFile(directory_.path())),
            directory_.path() + ": cannot be opened for writing: Is a directory");
}

TEST_F(File, ReadsExactly) {
  write_file(path_, "abcdef");
  InputFile file(path_);
  EXPECT_EQ(file.size(), 6U);
  std::string text(4, ' ');
  file.read(text.data(), 4);
  EXPECT_EQ(text, "abcd");
  EXPECT_EQ(ERROR_OF(IoError, file.read(text.data(), 4)),
            path_ + ": ends at offset 6; 2 more bytes are expected");
}

TEST_F(File, NamesWhatCannotBeRead) {
  EXPECT_EQ(ERROR_OF(IoError, InputFile file(path_)),
            path_ + ": cannot be opened: No such file or directory");
  EXPECT_EQ(ERROR_OF(IoError, InputFile file(directory_.path())),
            directory_.path() + ": is not a regular file");
}

}  // namespace
}  // namespace xgrad::test
