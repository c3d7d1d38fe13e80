#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../autograd/io/file.hpp"
#include "../autograd/support/str.hpp"

/// @file
/// What load_csv and read_csv share: the records of a file in the format of RFC 4180.

namespace xgrad::data::detail {

/// The text without blanks at its ends.
std::string_view trimmed(std::string_view text);

/// One line of the table, which quoted line breaks may spread over several of the file.
struct Record {
  std::size_t line;  ///< of its beginning, from 1
  std::vector<std::string> fields;
};

/// Whether blanks around a field, quoted or not, belong to it.
enum class Blanks { skip, keep };

/// The text of a CSV file, record by record.
class CsvReader {
 public:
  /// `origin` begins the messages.
  CsvReader(const std::string& origin, std::string_view text, char delimiter, Blanks blanks)
      : origin_(origin), rest_(text), delimiter_(delimiter), blanks_(blanks) {}

  /// Reads the next record, but not lines that are empty or blank; false at the end.
  bool next(Record& record);
  /// The same for one that must have as many fields as the record `first`. Throws IoError if not.
  bool next_like(const Record& first, Record& record);

  /// Messages call the columns by these names, not by their numbers.
  void name_columns(std::vector<std::string> names) { names_ = std::move(names); }
  /// "line 3, column 'age'"; columns count from 0.
  std::string place(std::size_t line, std::size_t column) const;
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw IoError(str(origin_, ": ", parts...));
  }

 private:
  bool accept(std::string_view token);
  bool end_line();
  bool skip_blank_line();
  std::string_view plain_field();
  std::string field(std::size_t column);
  std::string quoted(std::size_t column);

  const std::string& origin_;
  std::string_view rest_;
  char delimiter_;
  Blanks blanks_;
  std::size_t line_ = 1;
  std::vector<std::string> names_;
};

/// Throws ValueError for a delimiter that is a quote, a line break or a part of numbers or names.
void check_delimiter(const std::string& origin, char delimiter);
/// The text of the file, without a byte order mark. Throws IoError, beginning with the operation.
std::string read_text(const char* op, const std::string& path);

/// What read(make_reader) returns for the file. Each make_reader() begins at the file's start.
template <class Read>
auto read_records(const char* op, const std::string& path, char delimiter, Blanks blanks,
                  Read read) {
  xgrad::detail::check_path(op, path);
  return xgrad::detail::with_memory(path, [&] {
    const std::string origin = str(op, ": ", path);
    check_delimiter(origin, delimiter);
    const std::string text = read_text(op, path);
    return xgrad::detail::reading(
        origin, [&] { return read([&] { return CsvReader(origin, text, delimiter, blanks); }); });
  });
}

/// Reads a whole text, but for blanks around it and a plus, as a decimal number. The error is
/// result_out_of_range if it is too large for T, and invalid_argument if it is no number; what is
/// too small is rounded.
template <class T>
std::errc parse_number(std::string_view text, T& value) {
  text = trimmed(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, value);
  long double wide = 0;
  if (error == std::errc::result_out_of_range &&
      std::from_chars(text.data(), end, wide).ec == std::errc() && std::abs(wide) < 1) {
    value = static_cast<T>(wide);
    error = {};
  }
  return error != std::errc::invalid_argument && stop == end ? error : std::errc::invalid_argument;
}

}  // namespace xgrad::data::detail
