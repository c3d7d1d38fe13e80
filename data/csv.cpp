#include "csv.hpp"

#include <utility>

#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "csv_reader.hpp"

namespace xgrad::data {
namespace {

using detail::CsvReader;

template <class T>
Tensor read_numbers(CsvReader reader, bool header) {
  detail::Record first, record;
  std::vector<T> values;
  std::size_t rows = 0;
  const auto append = [&](std::size_t column, const std::string& text) {
    const std::errc error = detail::parse_number(text, values.emplace_back());
    if (error == std::errc()) return;
    const std::string what = str(reader.place(record.line, column), ": '", text, "' ");
    if (error == std::errc::result_out_of_range)
      reader.fail(what, "is out of the range of ", dtype_of<T>);
    reader.fail(what, "is not a number",
                rows == 0 && !header ? "; if the first line holds names, use .header = true" : "");
  };
  bool more = reader.next(first);
  if (!more) reader.fail("the file is empty; expected at least one line of numbers");
  record = first;
  if (header) more = reader.next_like(first, record);
  for (; more; more = reader.next_like(first, record), ++rows)
    for (std::size_t i = 0; i < first.fields.size(); ++i) append(i, record.fields[i]);
  if (rows == 0)
    reader.fail("there is nothing but a header; expected at least one line of numbers");
  return tensor(values, {rows, first.fields.size()});
}

}  // namespace

Tensor load_csv(const std::string& path, const CsvOptions& options) {
  if (!is_floating(options.dtype))
    throw DTypeError(str("load_csv: ", path, ": dtype ", options.dtype,
                         "; expected float32 or float64 (and .to(", options.dtype,
                         ") of the result)"));
  return detail::read_records("load_csv", path, options.delimiter, detail::Blanks::skip,
                              [&](const auto& make_reader) {
                                return visit_floating(options.dtype, [&]<class T>(T) {
                                  return read_numbers<T>(make_reader(), options.header);
                                });
                              });
}

std::vector<std::string> load_csv_header(const std::string& path, const CsvOptions& options) {
  return detail::read_records("load_csv_header", path, options.delimiter, detail::Blanks::skip,
                              [](const auto& make_reader) {
                                CsvReader reader = make_reader();
                                detail::Record record;
                                if (!reader.next(record))
                                  reader.fail("the file is empty; expected a line of names");
                                return std::move(record.fields);
                              });
}

}  // namespace xgrad::data
