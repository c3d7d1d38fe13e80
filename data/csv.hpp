#pragma once

#include <string>
#include <vector>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::data {

/// Options of load_csv.
struct CsvOptions {
  bool header = false;    ///< the first line holds the names of the columns
  char delimiter = ',';   ///< between fields
  DType dtype = float32;  ///< of the result: float32 or float64
};

/// Reads a file of comma-separated numbers into a tensor (rows, columns).
///
/// The format is that of RFC 4180. A field in quotes may hold delimiters, line breaks and doubled
/// quotes. Lines end in LF, CRLF or CR, the last one also without. Blank lines, a UTF-8 byte order
/// mark at the beginning and white space around a field are skipped. Numbers are decimal, also with
/// an exponent; nan and inf are numbers. read_csv reads text and missing values too.
///
/// Throws IoError, naming the file and if possible the line, the column and the text, for a file
/// that is missing or has no line of numbers, a line with more or fewer fields than the first, a
/// field that is not a number or out of the dtype's range, a quoted field without an end and one
/// with more text behind it. Throws DTypeError for other dtypes, and ValueError for a delimiter
/// that is a quote, a line break, a letter, a digit, a sign or a dot.
Tensor load_csv(const std::string& path, const CsvOptions& options = {});

/// The fields of the first line: the names of the columns in a file with a header. Throws as
/// load_csv.
std::vector<std::string> load_csv_header(const std::string& path, const CsvOptions& options = {});

}  // namespace xgrad::data
