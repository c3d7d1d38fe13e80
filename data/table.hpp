#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::data {

/// The texts that pandas takes for missing values: the empty one, "NA", "N/A", "NaN", "nan",
/// "null", "NULL", "None", "n/a", "<NA>", "#N/A" and some more.
std::vector<std::string> missing_texts();

/// Options of read_csv.
struct ReadCsvOptions {
  char delimiter = ',';  ///< between fields
  bool header = true;    ///< the first line holds the names of the columns; otherwise "0", "1", …
  /// Fields that are missing values: these texts and no others, as in `{.missing = {"", "?"}}`.
  std::vector<std::string> missing = missing_texts();
  std::vector<std::string> columns = {};  ///< of the table, in this order; empty: all
};

/// A column of a Table: numbers, or texts from a list of categories.
struct Column {
  std::string name;    ///< in the first line of a file
  Tensor values = {};  ///< of numbers: float64 (N), NaN where missing; undefined for texts
  Tensor codes = {};   ///< of texts: int64 (N), indices into `names`, -1 where missing
  std::vector<std::string> names = {};  ///< the categories, each once, sorted by bytes
  std::string first_text = {};          ///< of texts: where the first one stands, "line 3: 'high'"

  bool is_text() const { return codes.defined(); }  ///< whether it holds texts
  /// Number of missing values.
  std::size_t missing() const;
  /// (N, names) float32: 1 in the column of the row's category; rows of 0 where it is missing.
  /// Throws ValueError for numbers.
  Tensor one_hot() const;
};

/// What fills missing values: the mean or median of a column's numbers, or its most frequent number
/// or category (the smallest of several). Names are those of scikit-learn's SimpleImputer.
enum class Fill { mean, median, most_frequent };

/// Columns of equal length, by name. Copies share the values; filling one leaves the others alone.
///
///     data::Table table = data::read_csv("titanic.csv", {.columns = {"Age", "Sex", "Survived"}});
///     table.fill_missing("Age", data::Fill::median);
///     Tensor x = concatenate({table.tensor({"Age"}), table["Sex"].one_hot()}, 1);
///     Tensor y = table["Survived"].values.to(int64);
///
/// Functions that take the name of a column throw ValueError, with the names there are, if it is
/// none of them.
class Table {
 public:
  /// Throws ShapeError unless all columns have as many rows, ValueError for a name that occurs
  /// twice. `origin` begins the messages of errors.
  explicit Table(std::vector<Column> columns, std::string origin = "Table");

  /// All columns, in order.
  /// @{
  const std::vector<Column>& columns() const& { return columns_; }
  std::vector<Column> columns() && { return std::move(columns_); }
  /// @}
  std::vector<std::string> names() const;     ///< of the columns, in order
  std::size_t rows() const { return rows_; }  ///< number of rows
  /// The column of that name.
  /// @{
  const Column& operator[](std::string_view name) const&;
  Column operator[](std::string_view name) && { return std::move(find(name)); }
  /// @}

  /// These columns of numbers (empty: all columns), side by side: (N, k), float32 unless the
  /// options say float64. Missing values are NaN. Throws ValueError for a column of texts, and
  /// DTypeError for a dtype of integers.
  Tensor tensor(const std::vector<std::string>& names = {},
                const TensorOptions& options = {}) const;

  /// Replaces the missing values of a column. Throws ValueError for a text among numbers, a number
  /// or a mean among texts, and, if a statistic is asked for, for a column without any value.
  /// @{
  Table& fill_missing(std::string_view name, Scalar value);
  Table& fill_missing(std::string_view name, const std::string& category);
  Table& fill_missing(std::string_view name, Fill statistic);
  /// @}

 private:
  Column& find(std::string_view name) { return const_cast<Column&>(std::as_const(*this)[name]); }
  template <class... Parts>
  void expect(bool right, const Column& column, const Parts&... parts) const;

  std::vector<Column> columns_;
  std::string origin_;
  std::size_t rows_ = 0;
};

/// Prints a line for each column: name, numbers or number of categories, missing values.
std::ostream& operator<<(std::ostream& out, const Table& table);

/// Reads a file of comma-separated values, as pandas' read_csv does.
///
/// The format is that of RFC 4180. A field in quotes may hold delimiters, line breaks and doubled
/// quotes; white space around a text belongs to it. Lines end in LF, CRLF or CR, the last one also
/// without. Blank lines and a UTF-8 byte order mark at the beginning are skipped. A column is one
/// of numbers if all its fields but the missing ones are decimal numbers, possibly with an
/// exponent, infinities or NaN; otherwise one of texts. Names that occur again get the endings .1,
/// .2, …; columns without a name are called "Unnamed: 0", after their position.
///
/// Throws IoError, naming the file and if possible the line, the column and the text, for a file
/// that is missing or empty, a line with more or fewer fields than the first, a number out of the
/// range of float64, a quoted field without an end and one with more text behind it, and for a name
/// in `columns` that the file has not. Throws ValueError for a delimiter as load_csv does, and for
/// a name that `columns` lists twice.
Table read_csv(const std::string& path, const ReadCsvOptions& options = {});

}  // namespace xgrad::data
