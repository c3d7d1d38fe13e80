#include "csv.hpp"

#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "../autograd/io/file.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"

namespace xgrad::data {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// One line of the table, which quoted line breaks may spread over several of the file.
struct Record {
  std::size_t line;  ///< of its beginning, from 1
  std::vector<std::string> fields;
};

/// The text of a CSV file, record by record.
class Reader {
 public:
  /// `origin` begins the messages.
  Reader(const std::string& origin, std::string_view text, char delimiter)
      : origin_(origin), rest_(text), delimiter_(delimiter) {}

  /// Reads the next record that is not an empty line; false at the end.
  bool next(Record& record) {
    while (end_line()) continue;
    if (rest_.empty()) return false;
    record = {line_, {}};
    do record.fields.push_back(field(record.fields.size() + 1));
    while (accept({&delimiter_, 1}));
    end_line();
    return true;
  }

  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw IoError(str(origin_, ": ", parts...));
  }

 private:
  bool accept(std::string_view token) {
    const bool found = rest_.starts_with(token);
    if (found) rest_.remove_prefix(token.size());
    return found;
  }

  bool end_line() {
    const bool found = accept("\r\n") || accept("\n");
    if (found) ++line_;
    return found;
  }

  /// What stands before the next delimiter or line break, without the blanks around it.
  std::string_view plain_field() {
    std::string_view text = rest_.substr(0, rest_.find_first_of(std::string{delimiter_, '\n'}));
    if (text.ends_with('\r') && rest_.substr(text.size()).starts_with('\n')) text.remove_suffix(1);
    rest_.remove_prefix(text.size());
    return trimmed(text);
  }

  std::string field(std::size_t column) {
    const std::string_view here = rest_, plain = plain_field();
    if (!plain.starts_with('"')) return std::string(plain);
    rest_ = here.substr(here.find('"') + 1);
    std::string value = quoted(column);
    if (const std::string_view more = plain_field(); !more.empty())
      fail("line ", line_, ", column ", column, ": '", more,
           "' follows the closing quote of a field; expected a delimiter or the end of the line");
    return value;
  }

  /// The rest of a quoted field, and its closing quote.
  std::string quoted(std::size_t column) {
    const std::size_t first_line = line_;
    std::string value;
    while (!rest_.empty()) {
      if (accept("\"") && !rest_.starts_with('"')) return value;
      if (rest_.front() == '\n') ++line_;
      value += rest_.front();  // of doubled quotes the second
      rest_.remove_prefix(1);
    }
    fail("line ", first_line, ", column ", column, ": the quoted field has no closing quote");
  }

  const std::string& origin_;
  std::string_view rest_;
  char delimiter_;
  std::size_t line_ = 1;
};

void check_delimiter(const std::string& origin, char c) {
  constexpr const char* cure = "; expected another character, such as a comma";
  if (c == '"' || c == '\n' || c == '\r')
    throw ValueError(str(origin, ": the delimiter is a quote or a line break", cure));
  if (std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.')
    throw ValueError(str(origin, ": the delimiter '", c, "' is a part of numbers or names", cure));
}

/// What read(reader) returns for the file.
template <class Read>
auto read_file(const char* op, const std::string& path, const CsvOptions& options, Read read) {
  detail::check_path(op, path);
  const std::string origin = str(op, ": ", path);
  check_delimiter(origin, options.delimiter);
  std::string text;
  try {
    detail::InputFile file(path);
    detail::with_memory(path, [&] { text.resize(file.size()); });
    file.read(text.data(), text.size());
  } catch (const IoError& error) {
    throw IoError(str(op, ": ", error.what()));
  }
  const bool marked = text.starts_with("\xEF\xBB\xBF");
  Reader reader(origin, std::string_view(text).substr(marked ? 3 : 0), options.delimiter);
  return detail::reading(origin, [&] { return read(reader); });
}

/// std::from_chars, except that what is too small for T is rounded, not refused.
template <class T>
std::from_chars_result parse(std::string_view text, T& value) {
  const char* const end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, value);
  long double wide = 0;
  if (result.ec == std::errc::result_out_of_range) {
    const std::from_chars_result again = std::from_chars(text.data(), end, wide);
    if (again.ec == std::errc() && std::abs(wide) < 1) {
      value = static_cast<T>(wide);
      return again;
    }
  }
  return result;
}

template <class T>
Tensor read_numbers(Reader& reader, bool header) {
  Record record;
  std::vector<T> values;
  std::size_t rows = 0, columns = 0, first_line = 0;
  const auto append = [&](std::size_t column, std::string_view text) {
    const auto refuse = [&](const auto&... why) {
      reader.fail("line ", record.line, ", column ", column, ": '", text, "' ", why...);
    };
    std::string_view number = trimmed(text);
    if (number.starts_with('+') && !number.starts_with("+-")) number.remove_prefix(1);
    const auto [end, error] = parse(number, values.emplace_back());
    if (error == std::errc::result_out_of_range) refuse("is out of the range of ", dtype_of<T>);
    if (error != std::errc() || end != number.data() + number.size())
      refuse("is not a number",
             rows == 0 && !header ? "; if the first line holds names, use .header = true" : "");
  };
  while (reader.next(record)) {
    if (first_line == 0) {
      first_line = record.line;
      columns = record.fields.size();
      if (header) continue;
    }
    if (record.fields.size() != columns)
      reader.fail("line ", record.line, " has ", record.fields.size(), " fields, line ", first_line,
                  " has ", columns, "; expected as many in each");
    for (std::size_t i = 0; i < columns; ++i) append(i + 1, record.fields[i]);
    ++rows;
  }
  if (rows == 0)
    reader.fail(first_line == 0 ? "the file is empty" : "there is nothing but a header",
                "; expected at least one line of numbers");
  return tensor(values, {rows, columns});
}

}  // namespace

Tensor load_csv(const std::string& path, const CsvOptions& options) {
  if (!is_floating(options.dtype))
    throw DTypeError(str("load_csv: ", path, ": dtype ", options.dtype,
                         "; expected float32 or float64 (and .to(", options.dtype,
                         ") of the result)"));
  return read_file("load_csv", path, options, [&](Reader& reader) {
    return visit_floating(options.dtype,
                          [&]<class T>(T) { return read_numbers<T>(reader, options.header); });
  });
}

std::vector<std::string> load_csv_header(const std::string& path, const CsvOptions& options) {
  return read_file("load_csv_header", path, options, [](Reader& reader) {
    Record record;
    if (!reader.next(record)) reader.fail("the file is empty; expected a line of names");
    return std::move(record.fields);
  });
}

}  // namespace xgrad::data
