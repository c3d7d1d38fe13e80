#include <zip.h>

#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "../autograd/io/file.hpp"
#include "../autograd/support/str.hpp"
#include "bytes.hpp"
#include "npy.hpp"

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

/// The reason of an error of libzip. Throws std::bad_alloc for want of memory, for which it does
/// not always give a reason.
std::string reason_of(zip_error_t* error) {
  const int code = zip_error_code_zip(error);
  if (code == ZIP_ER_MEMORY || code == ZIP_ER_OK) throw std::bad_alloc();
  return code == ZIP_ER_EXISTS ? "a name occurs twice" : zip_error_strerror(error);
}
std::string reason_of(zip_t* archive) { return reason_of(zip_get_error(archive)); }

// ---- reading

Archive open_archive(const std::string& path) {
  xgrad::detail::InputFile file(path);
  int code = 0;
  Archive archive(zip_fdopen(file.descriptor(), ZIP_CHECKCONS, &code));
  if (!archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::unique_ptr<zip_error_t, decltype(&zip_error_fini)> guard(&error, zip_error_fini);
    throw IoError(str(path, ": not a .npz file: ", reason_of(&error)));
  }
  file.release();  // closed by libzip, which has its own
  return archive;
}

/// One array; an undefined tensor for one of other elements, unless it is `wanted`.
Tensor read_array(zip_t* archive, zip_uint64_t index, const std::string& origin, bool wanted) {
  const Member member(zip_fopen_index(archive, index, 0));
  if (!member) throw IoError(str(origin, ": cannot be read: ", reason_of(archive)));
  const detail::Source source{
      origin, [&](std::span<Byte> target) {
        const zip_int64_t got = zip_fread(member.get(), target.data(), target.size());
        if (got < 0) source.fail("corrupt: ", reason_of(zip_file_get_error(member.get())));
        return static_cast<std::size_t>(got);
      }};
  try {
    return detail::read_npy(source);
  } catch (const detail::OtherElements&) {
    if (wanted) throw;
    std::vector<Byte> rest(1 << 16);
    while (source.read_some(rest) > 0) continue;  // for the sum at the end
    return {};
  }
}

/// All arrays by name, or only the `wanted` one and the names before it. Those that are not read
/// are undefined.
std::map<std::string, Tensor> read_archive(const char* op, const std::string& path,
                                           const std::string* wanted = nullptr) {
  xgrad::detail::check_path(op, path);
  return xgrad::detail::reading(path, [&] {
    const Archive archive = open_archive(path);
    std::map<std::string, Tensor> tensors;
    const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(archive.get(), 0));
    for (zip_uint64_t i = 0; i < count; ++i) {
      const char* file_name = zip_get_name(archive.get(), i, 0);
      if (!file_name) throw IoError(str(path, ": member ", i, ": ", reason_of(archive.get())));
      std::string name = file_name;
      if (!name.ends_with(ending))
        throw IoError(str(path, ": '", name, "' is not an array; expected names that end in .npy"));
      name.resize(name.size() - ending.size());
      Tensor& tensor = tensors[name];
      if (wanted && *wanted != name) continue;
      tensor = read_array(archive.get(), i, str(path, ": array '", name, "'"), wanted);
      if (wanted) break;
    }
    return tensors;
  });
}

// ---- writing

[[noreturn]] void fail_to_write(const std::string& path, zip_error_t* error) {
  throw IoError(str(path, ": cannot be written: ", reason_of(error)));
}

/// Adds `content`, which the archive reads when it is closed.
void add_member(zip_t* archive, const std::string& path, const std::string& name,
                const std::string& content) {
  Source source(zip_source_buffer(archive, content.data(), content.size(), 0));
  if (!source) fail_to_write(path, zip_get_error(archive));
  const zip_int64_t index =
      zip_file_add(archive, (name + std::string(ending)).c_str(), source.get(), ZIP_FL_ENC_UTF_8);
  if (index < 0)
    throw ValueError(str("save_npz: ", path, ": '", name, "' cannot be the name of an array (",
                         reason_of(archive), "); expected UTF-8"));
  source.release();  // the archive's
  const auto member = static_cast<zip_uint64_t>(index);
  constexpr zip_uint16_t january_1980 = 1 << 5 | 1;  // the first day that zip knows
  if (zip_set_file_compression(archive, member, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(archive, member, 0, january_1980, 0) != 0)
    fail_to_write(path, zip_get_error(archive));
}

void write_archive(const std::string& path, const std::map<std::string, std::string>& members) {
  Source bytes(zip_source_buffer_create(nullptr, 0, 0, nullptr));
  if (!bytes) throw std::bad_alloc();
  Archive archive(zip_open_from_source(bytes.get(), ZIP_TRUNCATE, nullptr));
  if (!archive) throw std::bad_alloc();
  zip_source_keep(bytes.get());  // the archive takes one reference, the other stays ours
  for (const auto& [name, content] : members) add_member(archive.get(), path, name, content);
  if (zip_close(archive.get()) != 0) fail_to_write(path, zip_get_error(archive.get()));
  archive.release();  // closing has freed it

  xgrad::detail::AtomicFile file(path);
  std::vector<Byte> block(1 << 20);
  zip_int64_t got = zip_source_open(bytes.get());
  while (got >= 0 && (got = zip_source_read(bytes.get(), block.data(), block.size())) > 0)
    file.write(block.data(), static_cast<std::size_t>(got));
  if (members.empty())
    file.write(empty_archive.data(), empty_archive.size());
  else if (got < 0)
    fail_to_write(path, zip_source_error(bytes.get()));
  file.commit();
}

}  // namespace

std::map<std::string, Tensor> load_npz(const std::string& path) {
  std::map<std::string, Tensor> tensors = read_archive("load_npz", path);
  std::erase_if(tensors, [](const auto& entry) { return !entry.second.defined(); });
  return tensors;
}

Tensor load_npz_array(const std::string& path, const std::string& name) {
  const std::map<std::string, Tensor> tensors = read_archive("load_npz_array", path, &name);
  if (const auto found = tensors.find(name); found != tensors.end()) return found->second;
  std::string names;
  for (const auto& entry : tensors) names += (names.empty() ? "'" : ", '") + entry.first + '\'';
  throw IoError(str(path, ": there is no array '", name, "' among [", names, "]"));
}

void save_npz(const std::string& path, const std::map<std::string, Tensor>& tensors) {
  xgrad::detail::check_path("save_npz", path);
  xgrad::detail::with_memory(path, [&] {
    std::map<std::string, std::string> members;
    for (const auto& [name, tensor] : tensors) {
      if (!tensor.defined())
        throw ValueError(
            str("save_npz: ", path, ": array '", name, "' is undefined; assign it a value first"));
      const std::span<const Byte> values = detail::value_bytes(tensor);
      std::string& content = members[name] = detail::npy_header(tensor);
      content.append(values.begin(), values.end());
    }
    write_archive(path, members);
  });
}

}  // namespace xgrad::data
