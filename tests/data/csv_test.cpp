#include "data/csv.hpp"

#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using data::CsvOptions;
using data::load_csv;
using data::load_csv_header;

class LoadCsv : public ::testing::Test {
 protected:
  Tensor load(const std::string& text, const CsvOptions& options = {}) {
    write_file(path_, text);
    return load_csv(path_, options);
  }

  /// The error message, after the path.
  std::string refusal(const std::string& text, const CsvOptions& options = {}) {
    const std::string error = ERROR_OF(IoError, load(text, options));
    const std::string beginning = "load_csv: " + path_ + ": ";
    EXPECT_EQ(error.substr(0, beginning.size()), beginning);
    return error.substr(std::min(beginning.size(), error.size()));
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "table.csv";
};

TEST_F(LoadCsv, ReadsRowsAndColumns) {
  const Tensor x = load("1,2,3\n4,5.5,-6e-1\n");
  EXPECT_EQ(x.dtype(), float32);
  EXPECT_EQ(x.shape(), Shape({2, 3}));
  EXPECT_EQ(x.to_vector<float>(), std::vector({1.f, 2.f, 3.f, 4.f, 5.5f, -0.6f}));
  EXPECT_FALSE(x.requires_grad());
}

TEST_F(LoadCsv, Float64HasAllDigits) {
  const Tensor x = load("0.1,2.2250738585072014e-308\n", {.dtype = float64});
  EXPECT_EQ(x.dtype(), float64);
  expect_values(x, {0.1, 2.2250738585072014e-308});
}

TEST_F(LoadCsv, PassesOverTheHeaderAndReadsItsNames) {
  expect_values(load("TV,\"Radio, \"\"FM\"\"\", Sales \n1,2,3\n", {.header = true}), {1, 2, 3});
  EXPECT_EQ(load_csv_header(path_), std::vector<std::string>({"TV", "Radio, \"FM\"", "Sales"}));
  // Names alone make a header, and a header may have one column.
  write_file(path_, "x");
  EXPECT_EQ(load_csv_header(path_), std::vector<std::string>{"x"});
}

TEST_F(LoadCsv, TakesEveryEndOfLineAndAMark) {
  const Doubles expected{1, 2, 3, 4};
  for (const char* text :
       {"1,2\n3,4", "1,2\n3,4\n", "1,2\r\n3,4\r\n", "1,2\r\n3,4", "1,2\r3,4\r", "1,2\r\r3,4",
        "1,2\n3,4\n\n\n", "1,2\r\n\r\n3,4\r\n\r\n", "1,2\n \t\n3,4\n ",
        "\xEF\xBB\xBF"
        "1,2\n3,4\n",
        "\n1,2\n3,4\n"}) {
    const Tensor x = load(text);
    EXPECT_EQ(x.shape(), Shape({2, 2})) << text;
    expect_values(x, expected);
  }
}

TEST_F(LoadCsv, TakesQuotesAndSpaces) {
  expect_values(load(" 1 ,\t\"2\"\r\n\" 3 \" , \"4\" \r\n"), {1, 2, 3, 4});
  expect_values(load("\"a\nb\",c\n1,2\n", {.header = true}), {1, 2});
}

TEST_F(LoadCsv, TakesOtherDelimiters) {
  expect_values(load("1;2\n3;4\n", {.delimiter = ';'}), {1, 2, 3, 4});
  expect_values(load("1\t2\n3\t4\n", {.delimiter = '\t'}), {1, 2, 3, 4});
  expect_values(load("1 2\n3 4\n", {.delimiter = ' '}), {1, 2, 3, 4});
  EXPECT_EQ(load("1\n2\n3\n").shape(), Shape({3, 1}));
}

TEST_F(LoadCsv, TakesSignsAndWhatIsNotFinite) {
  const Doubles x = load("+1,-2,inf,-inf,nan\n").to_vector<double>();
  EXPECT_EQ(std::vector(x.begin(), x.begin() + 4), (std::vector{1., -2., HUGE_VAL, -HUGE_VAL}));
  EXPECT_TRUE(std::isnan(x[4]));
}

TEST_F(LoadCsv, RefusesLinesOfOtherLengths) {
  EXPECT_EQ(refusal("1,2\n3,4\n5\n"),
            "line 3 has 1 fields, line 1 has 2; expected as many in each");
  EXPECT_EQ(refusal("\na,b\n1,2,3\n", {.header = true}),
            "line 3 has 3 fields, line 2 has 2; expected as many in each");
  EXPECT_EQ(refusal("1,2\n3,4,\n"), "line 2 has 3 fields, line 1 has 2; expected as many in each");
}

TEST_F(LoadCsv, RefusesWhatIsNotANumber) {
  EXPECT_EQ(refusal("1,2\n3,four\n"), "line 2, column 2: 'four' is not a number");
  EXPECT_EQ(refusal("a,b\n1,2\n"),
            "line 1, column 1: 'a' is not a number; if the first line holds names, use .header = "
            "true");
  EXPECT_EQ(refusal("1,2\n3,\n"), "line 2, column 2: '' is not a number");
  EXPECT_EQ(refusal("1,2\n3,4x\n"), "line 2, column 2: '4x' is not a number");
  EXPECT_EQ(refusal("1,2\n+-3,4\n"), "line 2, column 1: '+-3' is not a number");
  EXPECT_EQ(refusal("1;2\n").substr(0, 43), "line 1, column 1: '1;2' is not a number; if");
  // Lines are counted as an editor does, within quotes too.
  EXPECT_EQ(refusal("\"a\nb\",c\n1,2\n3,d\n", {.header = true}),
            "line 4, column 2: 'd' is not a number");
}

TEST_F(LoadCsv, RefusesNumbersOutOfRange) {
  EXPECT_EQ(refusal("1,1e300\n"), "line 1, column 2: '1e300' is out of the range of float32");
  EXPECT_EQ(refusal("1e400\n", {.dtype = float64}),
            "line 1, column 1: '1e400' is out of the range of float64");
}

TEST_F(LoadCsv, RoundsWhatIsTooSmall) {
  expect_values(load("1e-50,-1e-40\n"), {0, static_cast<double>(-1e-40f)});
  expect_values(load("1e-400,5e-324\n", {.dtype = float64}), {0, 5e-324});
}

TEST_F(LoadCsv, RefusesBrokenQuotes) {
  EXPECT_EQ(refusal("1,2\n3,\"4\n5,6\n"),
            "line 2, column 2: the quoted field has no closing quote");
  EXPECT_EQ(refusal("1,\"2\"3\n"),
            "line 1, column 2: '3' follows the closing quote of a field; expected a delimiter or "
            "the end of the line");
}

TEST_F(LoadCsv, RefusesFilesWithoutNumbers) {
  for (const char* text : {"", "\n\r\n", "\xEF\xBB\xBF"})
    EXPECT_EQ(refusal(text), "the file is empty; expected at least one line of numbers");
  EXPECT_EQ(refusal("a,b\n", {.header = true}),
            "there is nothing but a header; expected at least one line of numbers");
  write_file(path_, "");
  EXPECT_EQ(ERROR_OF(IoError, load_csv_header(path_)),
            "load_csv_header: " + path_ + ": the file is empty; expected a line of names");
}

TEST_F(LoadCsv, RefusesMissingFilesAndBadOptions) {
  expect_contains(ERROR_OF(IoError, load_csv(directory_ / "none.csv")),
                  {"load_csv: ", directory_ / "none.csv"});
  expect_contains(ERROR_OF(IoError, load_csv(directory_.path())),
                  {"load_csv: ", directory_.path()});
  EXPECT_EQ(ERROR_OF(DTypeError, load("1\n", {.dtype = int64})),
            "load_csv: " + path_ +
                ": dtype int64; expected float32 or float64 (and .to(int64) of the result)");
  for (const char delimiter : {'"', '\n', '\r'})
    expect_contains(ERROR_OF(ValueError, load("1\n", {.delimiter = delimiter})),
                    {"load_csv: " + path_ + ": the delimiter is a quote or a line break"});
  for (const char delimiter : {'0', '9', 'e', 'X', '.', '+', '-'})
    expect_contains(ERROR_OF(ValueError, load("1\n", {.delimiter = delimiter})),
                    {"load_csv: " + path_ + ": the delimiter '" + delimiter + "' is a part of"});
  for (const char delimiter : {',', ';', '\t', ' ', '|', ':', '\x1f'})
    EXPECT_EQ(load(std::string("1") + delimiter + "2\n", {.delimiter = delimiter}).shape(),
              Shape({1, 2}));
  EXPECT_EQ(ERROR_OF(IoError, load_csv("")), "load_csv: the path is empty; expected a file's name");
  EXPECT_EQ(ERROR_OF(IoError, load_csv_header("")),
            "load_csv_header: the path is empty; expected a file's name");
}

}  // namespace
}  // namespace xgrad::test
