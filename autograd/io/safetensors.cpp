#include "safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <type_traits>
#include <vector>

#include "../support/str.hpp"
#include "../tensor/creation.hpp"
#include "decode.hpp"
#include "file.hpp"

namespace xgrad {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "values are written as they are stored");

constexpr const char* metadata_key = "__metadata__";
/// The keys of a tensor.
constexpr std::array needed{"dtype", "shape", "data_offsets"};
constexpr std::size_t length_bytes = 8;
/// The limit of the format's reference implementation.
constexpr std::uint64_t max_header_bytes = 100'000'000;
/// Longer than any shape.
constexpr std::size_t max_list_length = 64;

/// An element type of the format: its name there, its size, and the tensor it is read as; nothing
/// if no dtype holds the values.
struct ElementType {
  const char* name;
  std::size_t bits;
  DType dtype = float32;
  Tensor (*decode)(std::span<const detail::Byte>, const Shape&, std::endian) = nullptr;
};

template <class From, class To = From>
constexpr ElementType read_as(const char* name) {
  return {name, 8 * sizeof(From), dtype_of<To>, &detail::decode<From, To>};
}

/// The first ones are also written.
constexpr std::array element_types{read_as<float>("F32"),
                                   read_as<double>("F64"),
                                   read_as<std::int64_t>("I64"),
                                   read_as<std::uint8_t>("U8"),
                                   read_as<detail::Bool, bool>("BOOL"),
                                   read_as<detail::Half, float>("F16"),
                                   read_as<detail::BFloat16, float>("BF16"),
                                   read_as<std::int8_t, std::int64_t>("I8"),
                                   read_as<std::int16_t, std::int64_t>("I16"),
                                   read_as<std::int32_t, std::int64_t>("I32"),
                                   read_as<std::uint16_t, std::int64_t>("U16"),
                                   read_as<std::uint32_t, std::int64_t>("U32"),
                                   read_as<std::uint64_t, std::int64_t>("U64"),
                                   ElementType{"F8_E4M3", 8},
                                   ElementType{"F8_E5M2", 8},
                                   ElementType{"F8_E8M0", 8},
                                   ElementType{"F8_E4M3FNUZ", 8},
                                   ElementType{"F8_E5M2FNUZ", 8},
                                   ElementType{"F6_E2M3", 6},
                                   ElementType{"F6_E3M2", 6},
                                   ElementType{"F4", 4},
                                   ElementType{"C64", 64}};

/// The type that a dtype is written as.
const ElementType& element_type(DType dtype) {
  return *std::ranges::find(element_types, dtype, &ElementType::dtype);
}

detail::Storage& storage_of(const Tensor& tensor) { return *detail::impl(tensor).storage; }

/// A tensor as the header describes it.
struct Entry {
  std::string name;
  const ElementType* type = nullptr;
  Shape shape = {};
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// The JSON text of a string. Throws json::type_error unless it is UTF-8.
std::string quoted(const std::string& text) { return json(text).dump(); }

/// What a header says of a key: its JSON text and, if it is a list of whole numbers, these.
struct Value {
  std::string text;
  bool is_list = false;
  std::vector<std::uint64_t> numbers = {};
};

/// Reads and checks a header. Every error names the file. nlohmann's parser passes the text piece
/// by piece to the functions below, which keep no more than the format has: memory stays in
/// proportion to what is returned, whatever the file. Its own json values would accept a key that
/// occurs twice, and end the program where no memory is left for their destruction.
struct HeaderReader {
  const std::string& path;
  std::uint64_t data_bytes;
  std::map<std::string, std::string>& metadata;
  std::vector<Entry> entries = {};
  std::set<std::string> names = {};  // of all entries
  int depth = 0;                     // objects that have begun and not ended
  // Of the entry that is being read: its name, what it says, the last key, and the length of the
  // list under that, if it is one.
  std::string name = {};
  std::map<std::string, Value> values = {};
  std::string last_key = {};
  std::optional<std::size_t> list_length = {};

  /// The entries in the order of their values, which lie one after another without gap or overlap.
  std::vector<Entry> read(const std::string& text) {
    if (!text.starts_with('{')) fail("header at offset ", length_bytes, " does not begin with '{'");
    json::sax_parse(text, this);
    std::ranges::sort(entries, {}, [](const Entry& e) { return std::pair(e.begin, e.end); });
    std::uint64_t end = 0;
    for (const Entry& entry : entries) {
      if (entry.begin != end)
        fail("tensor '", entry.name, "' begins at ", entry.begin, " of the values; expected ", end,
             entry.begin < end ? ": it overlaps the one before" : ": there is a gap");
      end = entry.end;
    }
    if (end != data_bytes)
      fail("the file holds ", data_bytes, " bytes of values; the header describes ", end);
    return std::move(entries);
  }

  // ---- pieces of the text; all return true, to go on

  bool start_object(std::size_t /*unknown*/) {
    if (depth > 1) fail_nested();
    ++depth;
    values.clear();
    return true;
  }
  bool end_object() {
    if (--depth == 1 && !in_metadata()) entries.push_back(read_entry());
    return true;
  }
  bool key(const std::string& text) {
    (depth == 1 ? name : last_key) = text;
    if (depth == 1      ? !names.insert(text).second
        : in_metadata() ? metadata.contains(text)
                        : is_needed() && !values.emplace(text, Value{}).second)
      fail("header has the key ", quoted(text), " twice; expected distinct names");
    return true;
  }
  bool start_array(std::size_t /*unknown*/) {
    if (list_length) fail_nested();
    if (depth == 1 || in_metadata()) refuse("array");
    list_length = 0;
    if (is_needed()) values[last_key] = {.text = "[", .is_list = true};
    return true;
  }
  bool end_array() {
    list_length.reset();
    if (is_needed()) values[last_key].text += ']';
    return true;
  }
  bool string(const std::string& text) {
    if (depth == 1 || !in_metadata()) return scalar("string", quoted(text));
    metadata.emplace(last_key, text);
    return true;
  }
  bool number_unsigned(std::uint64_t number) {
    scalar("number", str(number), true);
    if (is_needed()) values[last_key].numbers.push_back(number);
    return true;
  }
  bool number_integer(std::int64_t number) { return scalar("number", str(number)); }
  bool number_float(double /*number*/, const std::string& text) { return scalar("number", text); }
  bool boolean(bool value) { return scalar("boolean", value ? "true" : "false"); }
  bool null() { return scalar("null", "null"); }
  bool binary(const json::binary_t& /*bytes*/) { return true; }  // which JSON has not
  [[noreturn]] bool parse_error(std::size_t position, const std::string& /*token*/,
                                const json::exception& error) const {
    if (dynamic_cast<const json::out_of_range*>(&error))
      fail("header has a number that is out of range: ", error.what());
    fail("header is not JSON at offset ", length_bytes + position - 1, ": ", error.what());
  }

  /// A value that has no parts, of this type of JSON.
  bool scalar(const char* type, const std::string& text, bool whole = false) {
    if (depth == 1 || in_metadata()) refuse(type);
    if (list_length && ++*list_length > max_list_length)
      fail_entry(" has a list of more than ", max_list_length, " numbers");
    if (!is_needed()) return true;
    Value& value = values[last_key];
    value.is_list = value.is_list && whole;
    value.text += (list_length > std::size_t{1} ? "," : "") + text;
    return true;
  }

  bool in_metadata() const { return name == metadata_key; }
  bool is_needed() const { return std::ranges::find(needed, last_key) != needed.end(); }

  // ---- entries

  /// The entry of the current name.
  Entry read_entry() const {
    for (const char* each : needed)
      if (!values.contains(each)) fail_entry(": the header gives no ", each);
    Entry entry{.name = name, .type = &read_type(values.at("dtype").text)};
    const std::vector<std::uint64_t>& extents = read_numbers("shape");
    if (extents.size() > max_ndim)
      fail_entry(" has ", extents.size(), " dimensions; at most ", max_ndim, " are possible");
    for (const std::uint64_t extent : extents) entry.shape.push_back(extent);
    const std::vector<std::uint64_t>& offsets = read_numbers("data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1])
      fail_entry(": data_offsets ", values.at("data_offsets").text, "; expected [begin, end]");
    entry.begin = offsets[0];
    entry.end = offsets[1];
    // The values lie in the file and are as many as the shape says.
    if (entry.end > data_bytes)
      fail_entry(": data_offsets [", entry.begin, ", ", entry.end,
                 "] end outside of the file, which holds ", data_bytes, " bytes of values");
    const bool empty = std::ranges::find(entry.shape, 0U) != entry.shape.end();
    std::uint64_t bits = empty ? 0 : entry.type->bits;
    bool overflow = false;
    for (const std::uint64_t extent : entry.shape)
      overflow = overflow || __builtin_mul_overflow(bits, extent, &bits);
    if (overflow || bits % 8 != 0 || bits / 8 != entry.end - entry.begin)
      fail_entry(": data_offsets [", entry.begin, ", ", entry.end, "] hold ",
                 entry.end - entry.begin, " bytes; shape ", entry.shape, " of ",
                 entry.type == &element_type(entry.type->dtype) ? to_string(entry.type->dtype)
                                                                : entry.type->name,
                 overflow        ? " needs more than there can be"
                 : bits % 8 != 0 ? " needs a part of a byte"
                                 : str(" needs ", bits / 8));
    return entry;
  }

  const ElementType& read_type(const std::string& text) const {
    std::vector<const char*> supported;
    for (const ElementType& type : element_types) {
      if (text == str('"', type.name, '"')) return type;
      supported.push_back(type.name);
    }
    fail_entry(": dtype ", text, " is not supported; expected ", joined(supported));
  }

  const std::vector<std::uint64_t>& read_numbers(const char* of) const {
    const Value& value = values.at(of);
    if (!value.is_list) fail_entry(": ", of, " ", value.text, "; expected a list of whole numbers");
    return value.numbers;
  }

  // ---- errors

  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw IoError(str(path, ": ", parts...));
  }
  template <class... Parts>
  [[noreturn]] void fail_entry(const Parts&... parts) const {
    fail("tensor '", name, "'", parts...);
  }
  [[noreturn]] void fail_nested() const {
    fail("header nests deeper than {name: {key: [number]}}");
  }
  /// For a value that is not an object, where an entry is one, or no string in the metadata.
  [[noreturn]] void refuse(const char* type) const {
    if (!in_metadata()) fail_entry(" is described by ", type, "; expected an object");
    if (depth == 1) fail(metadata_key, " is ", type, "; expected an object");
    fail(metadata_key, ": '", last_key, "' is ", type, "; expected a string");
  }
};

/// Reads the values of the next tensor, or passes over them.
void read_tensor(detail::InputFile& file, const Entry& entry, Safetensors& content) {
  const std::size_t bytes = entry.end - entry.begin;
  const std::string type = str(entry.type->name, " of shape ", entry.shape, ", which ");
  if (!entry.type->decode) {
    file.skip(bytes);
    content.unread.emplace(entry.name, type + "no dtype holds");
    return;
  }
  Tensor tensor;
  if (entry.type == &element_type(entry.type->dtype) && entry.type->dtype != boolean) {
    tensor = empty(entry.shape, {.dtype = entry.type->dtype});
    file.read(storage_of(tensor).data(), bytes);
  } else {
    std::vector<detail::Byte> buffer(bytes);
    file.read(buffer.data(), bytes);
    tensor = entry.type->decode(buffer, entry.shape, std::endian::little);
  }
  const bool is_unsigned = entry.type->name == std::string_view("U64");
  if (const auto* wrapped = is_unsigned ? detail::find_wrapped(tensor) : nullptr)
    content.unread.emplace(entry.name, str(type, "holds ", static_cast<std::uint64_t>(*wrapped),
                                           ": too large for int64"));
  else
    content.tensors.emplace(entry.name, std::move(tensor));
}

}  // namespace

void save_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  constexpr const char* op = "save_safetensors";
  detail::check_path(op, path);
  detail::with_memory(path, [&] {
    std::vector<const std::pair<const std::string, Tensor>*> ordered;
    for (const auto& entry : tensors) {
      if (!entry.second.defined())
        throw ValueError(str(op, ": ", path, ": tensor '", entry.first,
                             "' is undefined; assign it a value first"));
      if (entry.first == metadata_key)
        throw ValueError(str(op, ": ", path, ": a tensor cannot be named ", metadata_key));
      ordered.push_back(&entry);
    }
    // The largest elements first, as in the format's reference implementation: so all are aligned.
    std::ranges::stable_sort(ordered, std::greater(),
                             [](const auto* entry) { return size_of(entry->second.dtype()); });
    std::map<std::string, std::string> header;  // JSON by key
    std::string text;
    try {
      for (const auto& [key, value] : metadata)
        text += str(text.empty() ? "" : ",", quoted(key), ':', quoted(value));
      if (!metadata.empty()) header[quoted(metadata_key)] = str('{', text, '}');
      std::uint64_t offset = 0;
      for (const auto* entry : ordered) {
        const auto& [name, tensor] = *entry;
        const std::uint64_t begin = std::exchange(offset, offset + storage_of(tensor).bytes);
        header[quoted(name)] =
            str("{\"data_offsets\":[", begin, ',', offset, "],\"dtype\":\"",
                element_type(tensor.dtype()).name, "\",\"shape\":[", joined(tensor.shape()), "]}");
      }
    } catch (const json::type_error&) {
      throw ValueError(str(op, ": ", path, ": a tensor's name or the metadata is not UTF-8"));
    }
    text = "{";
    for (const auto& [key, value] : header)
      text += str(text.size() == 1 ? "" : ",", key, ':', value);
    text += '}';
    text.append((8 - text.size() % 8) % 8, ' ');  // so that the values start at a multiple of 8
    const std::uint64_t length = text.size();

    detail::AtomicFile file(path);
    file.write(&length, length_bytes);
    file.write(text.data(), text.size());
    for (const auto* entry : ordered)
      file.write(storage_of(entry->second).data(), storage_of(entry->second).bytes);
    file.commit();
  });
}

const Tensor& Safetensors::at(const std::string& name) const {
  if (const auto found = tensors.find(name); found != tensors.end()) return found->second;
  const auto reason = unread.find(name);
  std::string names;
  for (const auto& entry : tensors) names += (names.empty() ? "'" : ", '") + entry.first + "'";
  throw ValueError(reason == unread.end()
                       ? str("Safetensors: there is no tensor '", name, "'; there ",
                             names.empty() ? "are none" : "are " + names)
                       : str("Safetensors: tensor '", name, "' was not read: ", reason->second));
}

Safetensors load_safetensors(const std::string& path) {
  detail::check_path("load_safetensors", path);
  return detail::reading(path, [&] {
    detail::InputFile file(path);
    std::uint64_t length = 0;
    file.read(&length, length_bytes);
    const std::uint64_t rest = file.size() - length_bytes;
    if (length > rest || length > max_header_bytes)
      throw IoError(str(path, ": offset 0 gives a header of ", length, " bytes; expected at most ",
                        std::min(rest, max_header_bytes)));
    std::string text(length, '\0');
    file.read(text.data(), text.size());
    Safetensors content;
    for (const Entry& entry : HeaderReader{path, rest - length, content.metadata}.read(text))
      read_tensor(file, entry, content);
    return content;
  });
}

Safetensors detail::load_all_safetensors(const std::string& path) {
  Safetensors content = load_safetensors(path);
  if (content.unread.empty()) return content;
  std::string lines;
  for (const auto& [name, reason] : content.unread)
    lines += str("\n  tensor '", name, "': ", reason);
  throw IoError(str(path, ": holds what cannot be read:", lines));
}

}  // namespace xgrad
