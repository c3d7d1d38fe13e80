#include "data/csv.hpp"
#include "data/table.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xgrad;
  for (const bool header : {false, true}) {
    test::read_bytes(data, size, [&](const std::string& path) {
      data::load_csv(path, {.header = header, .dtype = header ? float64 : float32});
    });
    test::read_bytes(data, size, [&](const std::string& path) {
      data::Table table = data::read_csv(path, {.header = header});
      for (const data::Column& column : table.columns())
        if (column.missing() < table.rows())
          table.fill_missing(column.name, data::Fill::most_frequent);
    });
  }
  return 0;
}
