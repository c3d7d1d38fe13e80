#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <ostream>
#include <span>
#include <unordered_set>
#include <utility>

#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/logic.hpp"
#include "../autograd/ops/reduction.hpp"
#include "../autograd/ops/shaping.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "csv_reader.hpp"

namespace xgrad::data {
namespace {

using detail::CsvReader;
using detail::Record;

/// "'a', 'b'".
std::string quoted(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& name : names) all.push_back('\'' + name + '\'');
  return joined(all);
}

/// Where a column has no value.
Tensor missing_mask(const Column& column) {
  return column.is_text() ? column.codes < 0 : isnan(column.values);
}

/// What is not missing, in ascending order.
std::vector<double> present(const Column& column) {
  std::vector<double> values =
      (column.is_text() ? column.codes : column.values).to_vector<double>();
  std::erase_if(values, [&](double v) { return column.is_text() ? v < 0 : std::isnan(v); });
  std::ranges::sort(values);
  return values;
}

double most_frequent(std::span<const double> sorted) {
  double found = 0;
  std::ptrdiff_t most = 0;
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto last = std::upper_bound(first, sorted.end(), *first);
    if (last - first > most) {
      most = last - first;
      found = *first;
    }
    first = last;
  }
  return found;
}

// ---- reading

std::vector<std::string> column_names(const std::vector<std::string>& fields, bool header) {
  std::vector<std::string> names;
  std::map<std::string, std::size_t> seen;  // with the last number that was added
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string given = !header             ? std::to_string(i)
                              : fields[i].empty() ? str("Unnamed: ", i)
                                                  : fields[i];
    std::string name = given;
    while (!seen.try_emplace(name).second) name = str(given, '.', ++seen[given]);
    names.push_back(name);
  }
  return names;
}

/// Calls use(record) for each line of values.
template <class Use>
void for_each_row(CsvReader& reader, const Record& first, bool header, Use use) {
  Record record = first;
  for (bool more = !header || reader.next_like(first, record); more;
       more = reader.next_like(first, record))
    use(record);
}

/// A column that is being read.
struct Reading {
  Column column;
  std::size_t index;  ///< in the file
  std::vector<double> numbers = {};
  std::string too_large = {};                                    ///< where a number stands that is
  std::map<std::string, std::vector<std::size_t>> rows_of = {};  ///< of each text

  bool is_text() const { return !column.first_text.empty(); }
};

std::vector<Reading> choose_columns(const CsvReader& reader, const std::vector<std::string>& names,
                                    const std::vector<std::string>& chosen) {
  std::vector<Reading> readings;
  for (const std::string& name : chosen.empty() ? names : chosen) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) reader.fail("there is no column '", name, "' among ", quoted(names));
    readings.push_back({{.name = name}, static_cast<std::size_t>(found - names.begin())});
  }
  return readings;
}

/// Sets the values of a column of numbers, or names and codes of one of texts.
Column finish(Reading& reading, std::size_t rows) {
  Column& column = reading.column;
  if (!reading.is_text()) {
    column.values = tensor(reading.numbers, {rows});
    return column;
  }
  std::vector<std::int64_t> codes(rows, -1);
  for (const auto& [name, all] : reading.rows_of) {
    for (const std::size_t row : all) codes[row] = std::ssize(column.names);
    column.names.push_back(name);
  }
  column.codes = tensor(codes, {rows});
  return column;
}

/// Reads the columns, numbers in one pass over the file and texts, if there are any, in another.
template <class MakeReader>
std::vector<Column> read_columns(const MakeReader& make_reader, const ReadCsvOptions& options) {
  CsvReader reader = make_reader();
  Record first;
  if (!reader.next(first)) reader.fail("the file is empty; expected at least a line of names");
  const std::vector<std::string> names = column_names(first.fields, options.header);
  reader.name_columns(names);
  std::vector<Reading> readings = choose_columns(reader, names, options.columns);
  const std::unordered_set<std::string> missing(options.missing.begin(), options.missing.end());

  std::size_t rows = 0;
  for_each_row(reader, first, options.header, [&](const Record& record) {
    ++rows;
    for (Reading& reading : readings) {
      if (reading.is_text()) continue;
      const std::string& text = record.fields[reading.index];
      double& number = reading.numbers.emplace_back(std::numeric_limits<double>::quiet_NaN());
      if (missing.contains(text)) continue;
      const std::errc error = detail::parse_number(text, number);
      if (error == std::errc::result_out_of_range && reading.too_large.empty())
        reading.too_large = str(reader.place(record.line, reading.index), ": '", text, "'");
      if (error == std::errc::invalid_argument)
        reading.column.first_text = str("line ", record.line, ": '", text, "'");
    }
  });
  for (const Reading& reading : readings)
    if (!reading.is_text() && !reading.too_large.empty())
      reader.fail(reading.too_large, " is out of the range of float64");

  if (std::ranges::any_of(readings, &Reading::is_text)) {
    CsvReader again = make_reader();
    again.next(first);
    std::size_t row = 0;
    for_each_row(again, first, options.header, [&](const Record& record) {
      for (Reading& reading : readings) {
        const std::string& text = record.fields[reading.index];
        if (reading.is_text() && !missing.contains(text)) reading.rows_of[text].push_back(row);
      }
      ++row;
    });
  }
  std::vector<Column> columns;
  for (Reading& reading : readings) columns.push_back(finish(reading, rows));
  return columns;
}

}  // namespace

std::vector<std::string> missing_texts() {
  return {"",     "#N/A", "#N/A N/A", "#NA",     "-1.#IND", "-1.#QNAN", "-NaN",
          "-nan", "<NA>", "1.#IND",   "1.#QNAN", "N/A",     "NA",       "NULL",
          "NaN",  "None", "n/a",      "nan",     "null"};
}

std::size_t Column::missing() const {
  xgrad::expect<ValueError>(values.defined() || codes.defined(), "Column: '", name,
                            "' has neither values nor codes; assign it one of them first");
  return sum(missing_mask(*this)).item<std::size_t>();
}

Tensor Column::one_hot() const {
  expect<ValueError>(is_text(), "one_hot: column '", name,
                     "' holds numbers; expected texts (xgrad::one_hot takes int64 labels)");
  return (unsqueeze(codes, 1) == arange(0, names.size())).to(float32);
}

Table::Table(std::vector<Column> columns, std::string origin)
    : columns_(std::move(columns)), origin_(std::move(origin)) {
  std::unordered_set<std::string> seen;
  for (const Column& column : columns_) {
    const Tensor& content = column.is_text() ? column.codes : column.values;
    const std::string what = str("column '", column.name, "'");
    expect_dtype(origin_, what, content, column.is_text() ? int64 : float64);
    if (seen.empty() && content.ndim() == 1) rows_ = content.size(0);
    xgrad::expect<ValueError>(seen.insert(column.name).second, origin_, ": ", what,
                              " occurs twice; expected each name once");
    xgrad::expect<ShapeError>(content.shape() == Shape{rows_}, origin_, ": ", what, " has shape ",
                              content.shape(), "; expected (", rows_, ",)");
  }
}

std::vector<std::string> Table::names() const {
  std::vector<std::string> names;
  for (const Column& column : columns_) names.push_back(column.name);
  return names;
}

const Column& Table::operator[](std::string_view name) const& {
  const auto found = std::ranges::find(columns_, name, &Column::name);
  xgrad::expect<ValueError>(found != columns_.end(), origin_, ": there is no column '", name,
                            "' among ", quoted(names()));
  return *found;
}

template <class... Parts>
void Table::expect(bool right, const Column& column, const Parts&... parts) const {
  xgrad::expect<ValueError>(right, origin_, ": column '", column.name, "' ", parts...);
}

Tensor Table::tensor(const std::vector<std::string>& names, const TensorOptions& options) const {
  const DType dtype = options.dtype.value_or(float32);
  xgrad::expect<DTypeError>(is_floating(dtype), origin_, ": a tensor of dtype ", dtype,
                            "; expected float32 or float64 (and .to(", dtype, ") of the result)");
  std::vector<Tensor> values;
  for (const std::string& name : names.empty() ? this->names() : names) {
    const Column& column = (*this)[name];
    expect(!column.is_text(), column, "holds texts (", column.first_text,
           "); expected numbers: take its codes or one_hot(), or read it with this text among "
           "those that are .missing");
    values.push_back(column.values);
  }
  if (values.empty()) return zeros({rows_, 0}, {dtype, options.requires_grad});
  return stack(values, 1).to(dtype).requires_grad_(options.requires_grad);
}

Table& Table::fill_missing(std::string_view name, Scalar value) {
  Column& column = find(name);
  expect(!column.is_text(), column, "holds texts (", column.first_text, "), which ", value.value,
         " cannot fill; expected a text");
  column.values = where(missing_mask(column), value, column.values);
  return *this;
}

Table& Table::fill_missing(std::string_view name, const std::string& category) {
  Column& column = find(name);
  expect(column.is_text(), column, "holds numbers, which '", category,
         "' cannot fill; expected a number");
  if (column.missing() == 0) return *this;
  const auto place = std::ranges::lower_bound(column.names, category);
  const auto code = static_cast<std::int64_t>(place - column.names.begin());
  if (place == column.names.end() || *place != category) {
    column.names.insert(place, category);
    column.codes = where(column.codes >= code, column.codes + 1, column.codes);
  }
  column.codes = where(missing_mask(column), code, column.codes);
  return *this;
}

Table& Table::fill_missing(std::string_view name, Fill statistic) {
  Column& column = find(name);
  expect(!column.is_text() || statistic == Fill::most_frequent, column, "holds texts (",
         column.first_text, "), which have neither mean nor median; expected Fill::most_frequent");
  const std::vector<double> sorted = present(column);
  const std::size_t n = sorted.size();
  expect(n > 0, column, "has no value to fill the missing ones with");
  if (column.is_text())
    return fill_missing(name, column.names[static_cast<std::size_t>(most_frequent(sorted))]);
  if (statistic == Fill::most_frequent) return fill_missing(name, most_frequent(sorted));
  if (statistic == Fill::median)
    return fill_missing(name, std::midpoint(sorted[(n - 1) / 2], sorted[n / 2]));
  return fill_missing(name, mean(xgrad::tensor(sorted, {n})).item<double>());
}

std::ostream& operator<<(std::ostream& out, const Table& table) {
  out << "Table of " << table.rows() << " rows";
  for (const Column& column : table.columns())
    out << "\n  " << column.name << ": "
        << (column.is_text() ? str(column.names.size(), " categories") : "numbers") << ", "
        << column.missing() << " missing";
  return out;
}

Table read_csv(const std::string& path, const ReadCsvOptions& options) {
  std::vector<Column> columns = detail::read_records(
      "read_csv", path, options.delimiter, detail::Blanks::keep,
      [&](const auto& make_reader) { return read_columns(make_reader, options); });
  return Table(std::move(columns), "read_csv: " + path);
}

}  // namespace xgrad::data
