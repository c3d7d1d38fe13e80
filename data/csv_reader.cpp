#include "csv_reader.hpp"

#include <cctype>

namespace xgrad::data::detail {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool CsvReader::next(Record& record) {
  while (skip_blank_line()) continue;
  if (rest_.empty()) return false;
  record = {line_, {}};
  do record.fields.push_back(field(record.fields.size()));
  while (accept({&delimiter_, 1}));
  end_line();
  return true;
}

bool CsvReader::next_like(const Record& first, Record& record) {
  if (!next(record)) return false;
  if (record.fields.size() != first.fields.size())
    fail("line ", record.line, " has ", record.fields.size(), " fields, line ", first.line, " has ",
         first.fields.size(), "; expected as many in each");
  return true;
}

std::string CsvReader::place(std::size_t line, std::size_t column) const {
  const std::string name =
      column < names_.size() ? str('\'', names_[column], '\'') : str(column + 1);
  return str("line ", line, ", column ", name);
}

bool CsvReader::accept(std::string_view token) {
  const bool found = rest_.starts_with(token);
  if (found) rest_.remove_prefix(token.size());
  return found;
}

bool CsvReader::end_line() {
  const bool found = accept("\r\n") || accept("\n") || accept("\r");
  if (found) ++line_;
  return found;
}

bool CsvReader::skip_blank_line() {
  const std::string_view line = rest_.substr(0, rest_.find_first_of("\r\n"));
  if (!trimmed(line).empty() || line.find(delimiter_) != std::string_view::npos) return false;
  rest_.remove_prefix(line.size());
  return end_line();
}

/// What stands before the next delimiter or line break.
std::string_view CsvReader::plain_field() {
  const std::string_view text =
      rest_.substr(0, rest_.find_first_of(std::string{delimiter_, '\n', '\r'}));
  rest_.remove_prefix(text.size());
  return blanks_ == Blanks::keep ? text : trimmed(text);
}

std::string CsvReader::field(std::size_t column) {
  const std::string_view here = rest_, plain = plain_field();
  if (!plain.starts_with('"')) return std::string(plain);
  rest_ = here.substr(here.find('"') + 1);
  std::string value = quoted(column);
  const std::string_view more = plain_field();
  if (!trimmed(more).empty())
    fail(place(line_, column), ": '", more,
         "' follows the closing quote of a field; expected a delimiter or the end of the line");
  return value.append(more);
}

/// The rest of a quoted field, and its closing quote.
std::string CsvReader::quoted(std::size_t column) {
  const std::size_t first_line = line_;
  std::string value;
  while (!rest_.empty()) {
    if (accept("\"") && !rest_.starts_with('"')) return value;
    if (rest_.front() == '\n' || (rest_.front() == '\r' && !rest_.starts_with("\r\n"))) ++line_;
    value += rest_.front();  // of doubled quotes the second
    rest_.remove_prefix(1);
  }
  fail(place(first_line, column), ": the quoted field has no closing quote");
}

void check_delimiter(const std::string& origin, char c) {
  constexpr const char* cure = "; expected another character, such as a comma";
  if (c == '"' || c == '\n' || c == '\r')
    throw ValueError(str(origin, ": the delimiter is a quote or a line break", cure));
  if (std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.')
    throw ValueError(str(origin, ": the delimiter '", c, "' is a part of numbers or names", cure));
}

std::string read_text(const char* op, const std::string& path) {
  std::string text;
  try {
    xgrad::detail::InputFile file(path);
    xgrad::detail::with_memory(path, [&] { text.resize(file.size()); });
    file.read(text.data(), text.size());
  } catch (const IoError& error) {
    throw IoError(str(op, ": ", error.what()));
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

}  // namespace xgrad::data::detail
