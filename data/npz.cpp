#include <zip.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "../autograd/io/file.hpp"
#include "../autograd/support/message.hpp"
#include "npy.hpp"
#include "npy_format.hpp"

namespace xgrad::data {
namespace {

using detail::Byte;

constexpr std::string_view ending = ".npy";
/// The end of the list of members. libzip does not write an archive without any.
constexpr std::string_view empty_archive{"PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22};

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* member) const { zip_fclose(member); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Member = std::unique_ptr<zip_file_t, Discard>;
using Source = std::unique_ptr<zip_source_t, Discard>;

/// libzip's reason for an error.
class Reason {
 public:
  Reason() { zip_error_init(&error_); }
  explicit Reason(int code) { zip_error_init_with_code(&error_, code); }
  ~Reason() { zip_error_fini(&error_); }
  Reason(const Reason&) = delete;
  Reason& operator=(const Reason&) = delete;

  zip_error_t* get() { return &error_; }
  std::string text() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_{};
};

// ---- reading

/// Fills the target from a member; the end of a member is where libzip checks its sum.
std::size_t read_from(zip_file_t* member, std::span<Byte> target, const std::string& origin) {
  std::size_t done = 0;
  while (done < target.size()) {
    const zip_int64_t got = zip_fread(member, target.data() + done, target.size() - done);
    if (got < 0) throw IoError(message(origin, ": corrupt: ", zip_file_strerror(member)));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

/// The name of an array without the ending of its file. Errors: IoError if it has none.
std::string array_name(zip_t* archive, zip_uint64_t index, const std::string& path) {
  const char* name = zip_get_name(archive, index, 0);
  if (!name) throw IoError(message(path, ": member ", index, ": ", zip_strerror(archive)));
  std::string text = name;
  if (!text.ends_with(ending))
    throw IoError(message(path, ": '", text, "' is not an array; expected names that end in .npy"));
  text.resize(text.size() - ending.size());
  return text;
}

Archive open_archive(const std::string& path) {
  xgrad::detail::InputFile file(path);
  int code = 0;
  Archive archive(zip_fdopen(file.descriptor(), ZIP_CHECKCONS, &code));
  if (!archive)
    throw IoError(message(path, ": not a .npz file: ",
                          code == ZIP_ER_EXISTS ? "a name occurs twice" : Reason(code).text()));
  file.release();  // closed by libzip, which has its own
  return archive;
}

/// One array; an undefined tensor for one of other elements, unless it is `wanted`.
Tensor read_array(zip_t* archive, zip_uint64_t index, const std::string& path,
                  const std::string& name, bool wanted) {
  const std::string origin = message(path, ": array '", name, "'");
  const Member member(zip_fopen_index(archive, index, 0));
  if (!member) throw IoError(message(origin, ": cannot be read: ", zip_strerror(archive)));
  const auto read = [&](std::span<Byte> target) { return read_from(member.get(), target, origin); };
  try {
    return detail::read_npy(read, origin);
  } catch (const detail::OtherElements&) {
    if (wanted) throw;
    std::vector<Byte> rest(1 << 16);
    while (read(rest) == rest.size()) continue;  // for the sum at the end
    return {};
  }
}

// ---- writing

/// An archive in memory, to be written as a whole.
class ArchiveInMemory {
 public:
  explicit ArchiveInMemory(const std::string& path) : path_(path) {
    Reason reason;
    bytes_.reset(zip_source_buffer_create(nullptr, 0, 0, reason.get()));
    if (bytes_) archive_.reset(zip_open_from_source(bytes_.get(), ZIP_TRUNCATE, reason.get()));
    if (!archive_) fail(reason.text());
    zip_source_keep(bytes_.get());  // the archive takes one reference, the other stays ours
  }

  void add(const std::string& name, const Tensor& tensor) {
    const std::string header = detail::npy_header(tensor);
    const std::span<const Byte> values = detail::value_bytes(tensor);
    std::vector<Byte>& content = contents_.emplace_back(header.begin(), header.end());
    content.insert(content.end(), values.begin(), values.end());
    Source source(zip_source_buffer(archive_.get(), content.data(), content.size(), 0));
    if (!source) fail(zip_strerror(archive_.get()));
    const zip_int64_t index = zip_file_add(archive_.get(), (name + std::string(ending)).c_str(),
                                           source.get(), ZIP_FL_ENC_UTF_8);
    if (index < 0)
      throw ValueError(message("save_npz: ", path_, ": '", name,
                               "' cannot be the name of an array: ", zip_strerror(archive_.get())));
    source.release();  // the archive's
    const auto member = static_cast<zip_uint64_t>(index);
    constexpr zip_uint16_t january_1980 = 1 << 5 | 1;  // the first day that zip knows
    if (zip_set_file_compression(archive_.get(), member, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(archive_.get(), member, 0, january_1980, 0) != 0)
      fail(zip_strerror(archive_.get()));
  }

  void write_to(xgrad::detail::AtomicFile& file) {
    if (zip_close(archive_.get()) != 0) fail(zip_strerror(archive_.get()));
    archive_.release();  // closing has freed it
    if (zip_source_open(bytes_.get()) != 0) fail_with_source();
    std::vector<Byte> block(1 << 20);
    zip_int64_t got = 0;
    while ((got = zip_source_read(bytes_.get(), block.data(), block.size())) > 0)
      file.write(block.data(), static_cast<std::size_t>(got));
    if (got < 0) fail_with_source();
    zip_source_close(bytes_.get());
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw IoError(message(path_, ": cannot be written: ", reason));
  }
  [[noreturn]] void fail_with_source() { fail(zip_error_strerror(zip_source_error(bytes_.get()))); }

  const std::string& path_;
  std::vector<std::vector<Byte>> contents_;  // read when the archive is closed
  Source bytes_;
  Archive archive_;
};

}  // namespace

std::map<std::string, Tensor> load_npz(const std::string& path) {
  xgrad::detail::check_path("load_npz", path);
  return xgrad::detail::reading(path, [&] {
    const Archive archive = open_archive(path);
    std::map<std::string, Tensor> tensors;
    const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(archive.get(), 0));
    for (zip_uint64_t i = 0; i < count; ++i) {
      const std::string name = array_name(archive.get(), i, path);
      if (Tensor tensor = read_array(archive.get(), i, path, name, false); tensor.defined())
        tensors.emplace(name, std::move(tensor));
    }
    return tensors;
  });
}

Tensor load_npz_array(const std::string& path, const std::string& name) {
  xgrad::detail::check_path("load_npz_array", path);
  return xgrad::detail::reading(path, [&] {
    const Archive archive = open_archive(path);
    std::string names;
    const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(archive.get(), 0));
    for (zip_uint64_t i = 0; i < count; ++i) {
      const std::string found = array_name(archive.get(), i, path);
      if (found == name) return read_array(archive.get(), i, path, name, true);
      names += (names.empty() ? "'" : ", '") + found + '\'';
    }
    throw IoError(message(path, ": there is no array '", name, "' among [", names, "]"));
  });
}

void save_npz(const std::string& path, const std::map<std::string, Tensor>& tensors) {
  xgrad::detail::check_path("save_npz", path);
  xgrad::detail::with_memory(path, [&] {
    ArchiveInMemory archive(path);
    for (const auto& [name, tensor] : tensors) {
      if (!tensor.defined())
        throw ValueError(message("save_npz: ", path, ": array '", name, "' is undefined"));
      archive.add(name, tensor);
    }
    xgrad::detail::AtomicFile file(path);
    if (tensors.empty())
      file.write(empty_archive.data(), empty_archive.size());
    else
      archive.write_to(file);
    file.commit();
  });
}

}  // namespace xgrad::data
