#include "csv.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "../autograd/io/file.hpp"
#include "../autograd/support/message.hpp"
#include "../autograd/tensor/creation.hpp"

namespace xgrad::data {
namespace {

template <class... Parts>
[[noreturn]] void fail(const char* function, const std::string& path, const Parts&... parts) {
  throw IoError(message(function, ": ", path, ": ", parts...));
}

void check_arguments(const char* function, const std::string& path, const CsvOptions& options) {
  detail::check_path(function, path);
  if (options.delimiter == '"' || options.delimiter == '\n' || options.delimiter == '\r')
    throw ValueError(message(function, ": ", path,
                             ": the delimiter is a quote or a line break; expected another "
                             "character, such as a comma"));
  const auto c = static_cast<unsigned char>(options.delimiter);
  if (std::isalnum(c) || c == '+' || c == '-' || c == '.')
    throw ValueError(message(function, ": ", path, ": the delimiter '", options.delimiter,
                             "' is a part of numbers or names; expected another character, such as "
                             "a comma"));
}

std::string read_text(const char* function, const std::string& path) try {
  detail::InputFile file(path);
  std::string text(file.size(), '\0');
  file.read(text.data(), text.size());
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
} catch (const IoError& error) {
  throw IoError(message(function, ": ", error.what()));
}

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

/// A CSV file, record by record.
class Reader {
 public:
  Reader(const char* function, std::string path, char delimiter)
      : function_(function), path_(std::move(path)), delimiter_(delimiter) {
    text_ = read_text(function_, path_);
  }

  /// Reads the next record that is not an empty line; false at the end.
  bool next(Record& record) {
    while (!at_end() && end_line()) continue;
    if (at_end()) return false;
    record = {line_, {}};
    do record.fields.push_back(field(record.fields.size() + 1));
    while (!at_end() && text_[position_] == delimiter_ && ++position_);
    end_line();
    return true;
  }

 private:
  bool at_end() const { return position_ == text_.size(); }

  /// Passes over a line break; false if there is none here.
  bool end_line() {
    const std::string_view rest = std::string_view(text_).substr(position_);
    const std::size_t length = rest.starts_with("\r\n") ? 2 : rest.starts_with('\n') ? 1 : 0;
    position_ += length;
    line_ += length > 0 ? 1 : 0;
    return length > 0;
  }

  /// Where the field that stands here ends, quotes apart.
  std::size_t end_of_field() const {
    const std::size_t end =
        std::min(text_.find_first_of(std::string{delimiter_, '\n'}, position_), text_.size());
    const bool before_break = end > position_ && end < text_.size() && text_[end] == '\n';
    return before_break && text_[end - 1] == '\r' ? end - 1 : end;
  }

  std::string field(std::size_t column) {
    const std::size_t end = end_of_field();
    const std::string_view plain =
        trimmed(std::string_view(text_).substr(position_, end - position_));
    if (!plain.starts_with('"')) {
      position_ = end;
      return std::string(plain);
    }
    position_ = text_.find('"', position_) + 1;
    std::string value = quoted(column);
    const std::size_t behind = end_of_field();
    const std::string_view more =
        trimmed(std::string_view(text_).substr(position_, behind - position_));
    if (!more.empty())
      fail(function_, path_, "line ", line_, ", column ", column, ": '", more,
           "' follows the closing quote of a field; expected a delimiter or the end of the line");
    position_ = behind;
    return value;
  }

  /// The rest of a quoted field, and its closing quote.
  std::string quoted(std::size_t column) {
    const std::size_t first_line = line_;
    std::string value;
    for (; !at_end(); ++position_) {
      const char c = text_[position_];
      if (c == '"' && !std::string_view(text_).substr(position_ + 1).starts_with('"')) {
        ++position_;
        return value;
      }
      if (c == '"') ++position_;  // doubled: one of the field's own
      if (c == '\n') ++line_;
      value += c;
    }
    fail(function_, path_, "line ", first_line, ", column ", column,
         ": the quoted field has no closing quote");
  }

  const char* function_;
  std::string path_;
  char delimiter_;
  std::string text_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
};

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

/// Appends the record's numbers.
template <class T>
void append(const std::string& path, const Record& record, bool may_be_header,
            std::vector<T>& values) {
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const auto refuse = [&](const auto&... why) {
      fail("load_csv", path, "line ", record.line, ", column ", i + 1, ": '", record.fields[i],
           "' ", why...);
    };
    std::string_view text = trimmed(record.fields[i]);
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    T value{};
    const auto [end, error] = parse(text, value);
    if (error == std::errc::result_out_of_range)
      refuse("is out of the range of ", name(dtype_of<T>));
    if (error != std::errc() || end != text.data() + text.size())
      refuse("is not a number",
             may_be_header ? "; if the first line holds names, use .header = true" : "");
    values.push_back(value);
  }
}

template <class T>
Tensor load(const std::string& path, const CsvOptions& options) {
  Reader reader("load_csv", path, options.delimiter);
  Record record;
  std::vector<T> values;
  std::size_t rows = 0, columns = 0, first_line = 0;
  while (reader.next(record)) {
    if (first_line == 0) {
      first_line = record.line;
      columns = record.fields.size();
      if (options.header) continue;
    }
    if (record.fields.size() != columns)
      fail("load_csv", path, "line ", record.line, " has ", record.fields.size(), " fields, line ",
           first_line, " has ", columns, "; expected as many in each");
    append(path, record, rows == 0 && !options.header, values);
    ++rows;
  }
  if (rows == 0)
    fail("load_csv", path, first_line == 0 ? "the file is empty" : "there is nothing but a header",
         "; expected at least one line of numbers");
  return tensor(values, {rows, columns});
}

}  // namespace

Tensor load_csv(const std::string& path, const CsvOptions& options) {
  check_arguments("load_csv", path, options);
  if (!is_floating(options.dtype))
    throw DTypeError(message("load_csv: ", path, ": dtype ", name(options.dtype),
                             "; expected float32 or float64 (and .to(", name(options.dtype),
                             ") of the result)"));
  return detail::reading("load_csv: " + path, [&] {
    return options.dtype == float32 ? load<float>(path, options) : load<double>(path, options);
  });
}

std::vector<std::string> load_csv_header(const std::string& path, const CsvOptions& options) {
  check_arguments("load_csv_header", path, options);
  return detail::reading("load_csv_header: " + path, [&] {
    Reader reader("load_csv_header", path, options.delimiter);
    Record record;
    if (!reader.next(record))
      fail("load_csv_header", path, "the file is empty; expected a line of names");
    return std::move(record.fields);
  });
}

}  // namespace xgrad::data
