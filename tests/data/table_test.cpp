#include "data/table.hpp"

#include <sstream>

#include "autograd/support/str.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using data::Column;
using data::Fill;
using data::read_csv;
using data::ReadCsvOptions;
using data::Table;
using Texts = std::vector<std::string>;

class ReadCsv : public ::testing::Test {
 protected:
  Table read(const std::string& text, const ReadCsvOptions& options = {}) {
    write_file(path_, text);
    return read_csv(path_, options);
  }

  /// The error message, after the path.
  template <class E = IoError>
  std::string refusal(const std::string& text, const ReadCsvOptions& options = {}) {
    return after_path(ERROR_OF(E, read(text, options)));
  }

  std::string after_path(const std::string& error) {
    const std::string beginning = "read_csv: " + path_ + ": ";
    EXPECT_EQ(error.substr(0, beginning.size()), beginning);
    return error.substr(std::min(beginning.size(), error.size()));
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "table.csv";
};

void expect_numbers(const Column& column, const Doubles& values, int line = __builtin_LINE()) {
  const testing::ScopedTrace trace(__FILE__, line, column.name);
  ASSERT_FALSE(column.is_text());
  EXPECT_EQ(column.values.dtype(), float64);
  EXPECT_EQ(column.values.shape(), Shape{values.size()});
  EXPECT_TRUE(all_close(column.values.to_vector<double>(), values, 0));
}

void expect_texts(const Column& column, const Texts& names, const Doubles& codes,
                  int line = __builtin_LINE()) {
  const testing::ScopedTrace trace(__FILE__, line, column.name);
  ASSERT_TRUE(column.is_text());
  EXPECT_EQ(column.names, names);
  EXPECT_EQ(column.codes.dtype(), int64);
  EXPECT_EQ(column.codes.shape(), Shape{codes.size()});
  expect_values(column.codes, codes);
}

constexpr const char* passengers =
    "Name,Sex,Age,Fare,Port\n"
    "\"Braund, Mr. Owen\",male,22,7.25,S\n"
    "\"Cumings, Mrs. \"\"Flo\"\"\",female,38,71.2833,C\n"
    "\"Moran, Mr. James\",male,,8.4583,Q\n"
    "\"Heikkinen, Miss\",female,26,NA,\n";

TEST_F(ReadCsv, NumbersAndCategories) {
  const Table table = read(passengers);
  EXPECT_EQ(table.names(), Texts({"Name", "Sex", "Age", "Fare", "Port"}));
  EXPECT_EQ(table.rows(), 4U);
  expect_texts(table["Name"],
               {"Braund, Mr. Owen", "Cumings, Mrs. \"Flo\"", "Heikkinen, Miss", "Moran, Mr. James"},
               {0, 1, 3, 2});
  expect_texts(table["Sex"], {"female", "male"}, {1, 0, 1, 0});
  expect_numbers(table["Age"], {22, 38, nan, 26});
  expect_numbers(table["Fare"], {7.25, 71.2833, 8.4583, nan});
  expect_texts(table["Port"], {"C", "Q", "S"}, {2, 0, 1, -1});
  const Doubles missing{0, 0, 1, 1, 1};
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(static_cast<double>(table.columns()[i].missing()), missing[i]);
}

TEST_F(ReadCsv, SelectsAndOrdersColumns) {
  const Table table = read(passengers, {.columns = {"Fare", "Sex"}});
  EXPECT_EQ(table.names(), Texts({"Fare", "Sex"}));
  expect_numbers(table["Fare"], {7.25, 71.2833, 8.4583, nan});
  expect_texts(table["Sex"], {"female", "male"}, {1, 0, 1, 0});
  EXPECT_EQ(refusal(passengers, {.columns = {"Fare", "fare"}}),
            "there is no column 'fare' among 'Name', 'Sex', 'Age', 'Fare', 'Port'");
  EXPECT_EQ(refusal<ValueError>(passengers, {.columns = {"Fare", "Fare"}}),
            "column 'Fare' occurs twice; expected each name once");
}

TEST_F(ReadCsv, TensorsOfColumns) {
  const Table table = read(passengers);
  const Tensor x = table.tensor({"Fare", "Age"});
  EXPECT_EQ(x.dtype(), float32);
  EXPECT_EQ(x.shape(), Shape({4, 2}));
  EXPECT_TRUE(all_close(x.to_vector<double>(), {7.25, 22, 71.2833F, 38, 8.4583F, nan, nan, 26}, 0));
  const Tensor exact = table.tensor({"Fare"}, {.dtype = float64, .requires_grad = true});
  EXPECT_EQ(exact.dtype(), float64);
  EXPECT_TRUE(exact.requires_grad() && exact.is_leaf());
  EXPECT_TRUE(all_close(exact.to_vector<double>(), {7.25, 71.2833, 8.4583, nan}, 0));
  // Without names: all.
  const Table numbers = read("a,b\n1,2\n3,4\n");
  EXPECT_EQ(numbers.tensor().shape(), Shape({2, 2}));
  expect_values(numbers.tensor(), {1, 2, 3, 4});
  // The table keeps its values.
  Tensor copy = numbers.tensor({"a"}, f64);
  copy.data<double>()[0] = 7;
  expect_numbers(numbers["a"], {1, 3});
}

TEST_F(ReadCsv, OneHot) {
  const Table table = read(passengers);
  const Tensor port = table["Port"].one_hot();
  EXPECT_EQ(port.dtype(), float32);
  EXPECT_EQ(port.shape(), Shape({4, 3}));
  expect_values(port, {0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0});
  EXPECT_EQ(ERROR_OF(ValueError, table["Age"].one_hot()),
            "one_hot: column 'Age' holds numbers; expected texts (xgrad::one_hot takes int64 "
            "labels)");
}

TEST_F(ReadCsv, FillsMissingValues) {
  const Table table = read("x,t\n4,b\n,a\n1,\n1,a\nNaN,b\n10,\n");
  const auto filled = [&](const char* name, auto with) {
    Table copy = table;
    return copy.fill_missing(name, with)[name];
  };
  expect_numbers(filled("x", 0), {4, 0, 1, 1, 0, 10});
  expect_numbers(filled("x", -0.5), {4, -0.5, 1, 1, -0.5, 10});
  expect_numbers(filled("x", Fill::mean), {4, 4, 1, 1, 4, 10});
  expect_numbers(filled("x", Fill::median), {4, 2.5, 1, 1, 2.5, 10});
  expect_numbers(filled("x", Fill::most_frequent), {4, 1, 1, 1, 1, 10});
  expect_texts(filled("t", "b"), {"a", "b"}, {1, 0, 1, 0, 1, 1});
  expect_texts(filled("t", "aa"), {"a", "aa", "b"}, {2, 0, 1, 0, 2, 1});
  expect_texts(filled("t", "z"), {"a", "b", "z"}, {1, 0, 2, 0, 1, 2});
  // The smallest of several.
  expect_texts(filled("t", Fill::most_frequent), {"a", "b"}, {1, 0, 0, 0, 1, 0});
  EXPECT_EQ(filled("x", 0).missing(), 0U);
  // The table itself has them still, and nothing happens where nothing is missing.
  expect_numbers(table["x"], {4, nan, 1, 1, nan, 10});
  Table full = read("x,t\n1,a\n3,b\n");
  full.fill_missing("x", 5).fill_missing("x", Fill::mean).fill_missing("t", "c");
  expect_numbers(full["x"], {1, 3});
  expect_texts(full["t"], {"a", "b"}, {0, 1});
  // Of an odd number of values the middle one.
  expect_numbers(read("x,y\n5,\n,\n1,\n2,\n").fill_missing("x", Fill::median)["x"], {5, 2, 1, 2});
}

TEST_F(ReadCsv, RefusesFillingsThatDoNotFit) {
  Table table = read("x,t,none\n4,b,\n,,\n");
  const auto refused = [&](const char* name, auto with) {
    return after_path(ERROR_OF(ValueError, table.fill_missing(name, with)));
  };
  EXPECT_EQ(refused("t", 1.5),
            "column 't' holds texts (line 2: 'b'), which 1.5 cannot fill; expected a text");
  EXPECT_EQ(refused("x", "a"),
            "column 'x' holds numbers, which 'a' cannot fill; expected a number");
  EXPECT_EQ(refused("t", Fill::mean),
            "column 't' holds texts (line 2: 'b'), which have neither mean nor median; expected "
            "Fill::most_frequent");
  for (const Fill statistic : {Fill::mean, Fill::median, Fill::most_frequent})
    EXPECT_EQ(refused("none", statistic),
              "column 'none' has no value to fill the missing ones with");
  EXPECT_EQ(refused("y", 0), "there is no column 'y' among 'x', 't', 'none'");
  EXPECT_EQ(after_path(ERROR_OF(ValueError, table["T"])),
            "there is no column 'T' among 'x', 't', 'none'");
  EXPECT_EQ(after_path(ERROR_OF(ValueError, table.tensor())),
            "column 't' holds texts (line 2: 'b'); expected numbers: take its codes or one_hot(), "
            "or read it with this text among those that are .missing");
  EXPECT_EQ(after_path(ERROR_OF(DTypeError, table.tensor({"x"}, i64))),
            "a tensor of dtype int64; expected float32 or float64 (and .to(int64) of the result)");
}

TEST_F(ReadCsv, TextsThatAreMissing) {
  for (const char* text : {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "n/a", "<NA>",
                           "#N/A", "\"\"", "\"NA\"", "-nan", "#NA", "1.#IND"})
    expect_numbers(read(str("a,b\n1,2\n", text, ",3\n"))["a"], {1, nan});
  for (const char* text : {"none", "na", "-", "?", " ", "N.A.", " NA"})
    EXPECT_TRUE(read(str("a,b\n1,2\n", text, ",3\n"))["a"].is_text()) << text;
  // The option's are all.
  const ReadCsvOptions option{.missing = {"?", "-99"}};
  expect_numbers(read("a\n?\n1\n-99\n-99.0\n", option)["a"], {nan, 1, nan, -99});
  expect_texts(read("a,b\nNA,1\n?,1\n,1\n", option)["a"], {"", "NA"}, {1, -1, 0});
  // NaN is missing wherever it comes from.
  EXPECT_EQ(read("a\nnan\n1\n", {.missing = {}})["a"].missing(), 1U);
  // Where all is missing there are numbers.
  expect_numbers(read("a,b\n,1\nNA,1\n")["a"], {nan, nan});
}

TEST_F(ReadCsv, Numbers) {
  expect_numbers(read("a\n1\n-2.5\n+3\n1e3\n.5\n5.\n1E-2\n")["a"], {1, -2.5, 3, 1e3, .5, 5, 1e-2});
  expect_numbers(read("a\ninf\n-inf\nInfinity\n")["a"], {HUGE_VAL, -HUGE_VAL, HUGE_VAL});
  expect_numbers(read("a,b\n 1 , 2\n\"3\",4\t\n")["a"], {1, 3});
  expect_numbers(read("a\n0.1\n1e-400\n9007199254740993\n")["a"], {0.1, 0, 9007199254740992});
  for (const char* text : {"0x10", "1,5", "1_000", "--1", "+-1", "1 2", "1e", "twelve", "True"})
    EXPECT_TRUE(read(str("a\n1\n\"", text, "\"\n"))["a"].is_text()) << text;
  EXPECT_EQ(refusal("a,b\n1,2\n3,-1e999\n"),
            "line 3, column 'b': '-1e999' is out of the range of float64");
  // Among texts it is a text.
  expect_texts(read("id\n3e8451\n9f0a\n")["id"], {"3e8451", "9f0a"}, {0, 1});
}

TEST_F(ReadCsv, TakesEveryEndOfLineBlankLinesAndAMark) {
  for (const char* text : {"a,b\n1,x\n,y", "a,b\r\n1,x\r\n,y\r\n", "a,b\r1,x\r,y\r", "a,b\r1,x\r,y",
                           "\n\na,b\n\n1,x\n   \n,y\n\n\n",
                           "\r\n a,b\r\n\r\n1,x\r\n\t\r\n,y\r\n\r\n", "\r\ra,b\r\r1,x\r\r,y\r\r",
                           "\xEF\xBB\xBF"
                           "a,b\n1,x\n,y\n"}) {
    SCOPED_TRACE(text);
    const Table table = read(text);
    ASSERT_EQ(table.rows(), 2U);
    expect_numbers(table.columns()[0], {1, nan});
    expect_texts(table["b"], {"x", "y"}, {0, 1});
  }
}

TEST_F(ReadCsv, QuotesAndBlanks) {
  const Table table = read("\"a,b\",\"c\"\"d\" ,e\n\"x\ny\",\"p\r\nq\" ,\" z \"\n\" x\",\"\",y\n",
                           {.missing = {"-"}});
  // As in pandas blanks belong to a field, also behind its quotes.
  EXPECT_EQ(table.names(), Texts({"a,b", "c\"d ", "e"}));
  expect_texts(table["a,b"], {" x", "x\ny"}, {1, 0});
  expect_texts(table["c\"d "], {"", "p\r\nq "}, {1, 0});
  expect_texts(table["e"], {" z ", "y"}, {0, 1});
}

TEST_F(ReadCsv, Delimiters) {
  for (const char delimiter : {';', '\t', '|', ' '}) {
    const std::string d(1, delimiter);
    const Table table = read("a" + d + "b\n1" + d + "x,y\n" + d + "z\n", {.delimiter = delimiter});
    expect_numbers(table["a"], {1, nan});
    expect_texts(table["b"], {"x,y", "z"}, {0, 1});
  }
  EXPECT_EQ(refusal<ValueError>("a\n", {.delimiter = '.'}),
            "the delimiter '.' is a part of numbers or names; expected another character, such as "
            "a comma");
}

TEST_F(ReadCsv, NamesOfColumns) {
  const Table table = read("1,x\n2,y\n", {.header = false});
  EXPECT_EQ(table.names(), Texts({"0", "1"}));
  expect_numbers(table["0"], {1, 2});
  expect_texts(table["1"], {"x", "y"}, {0, 1});
  EXPECT_EQ(read("1,x\n2,y\n", {.header = false, .columns = {"1"}}).names(), Texts{"1"});
  EXPECT_EQ(read("a,a,,a.1,a,\n1,2,3,4,5,6\n").names(),
            Texts({"a", "a.1", "Unnamed: 2", "a.1.1", "a.2", "Unnamed: 5"}));
}

TEST_F(ReadCsv, FewLines) {
  const Table none = read("a,b\n");
  EXPECT_EQ(none.rows(), 0U);
  EXPECT_EQ(none.tensor().shape(), Shape({0, 2}));
  EXPECT_EQ(read("5", {.header = false}).rows(), 1U);
  for (const char* text : {"", "\n\r\n", "  \n", "\xEF\xBB\xBF"})
    EXPECT_EQ(refusal(text), "the file is empty; expected at least a line of names");
}

TEST_F(ReadCsv, RefusesBrokenFiles) {
  EXPECT_EQ(refusal("a,b\n1,2\n3\n"),
            "line 3 has 1 fields, line 1 has 2; expected as many in each");
  EXPECT_EQ(refusal("a,b\n1,2,3\n"), "line 2 has 3 fields, line 1 has 2; expected as many in each");
  EXPECT_EQ(refusal("a,b\r\"x\ry\r\nz\",2\r3\r"),
            "line 5 has 1 fields, line 1 has 2; expected as many in each");
  EXPECT_EQ(refusal("a,b\n1,\"2\n3,4\n"),
            "line 2, column 'b': the quoted field has no closing quote");
  EXPECT_EQ(refusal("a,b\n1,2\n\"3\"x,4\n"),
            "line 3, column 'a': 'x' follows the closing quote of a field; expected a delimiter or "
            "the end of the line");
  EXPECT_EQ(refusal("\"a,b\n"), "line 1, column 1: the quoted field has no closing quote");
  expect_contains(ERROR_OF(IoError, read_csv(directory_ / "none.csv")),
                  {"read_csv: ", directory_ / "none.csv"});
  EXPECT_EQ(ERROR_OF(IoError, read_csv("")), "read_csv: the path is empty; expected a file's name");
}

TEST_F(ReadCsv, Prints) {
  std::ostringstream out;
  out << read(passengers, {.columns = {"Age", "Port"}});
  EXPECT_EQ(out.str(),
            "Table of 4 rows\n  Age: numbers, 1 missing\n  Port: 3 categories, 1 missing");
}

TEST(Table, OfColumns) {
  const Table table({{.name = "x", .values = tensor({1.0, 2.0})},
                     {.name = "t", .codes = tensor({1, 0}), .names = {"a", "b"}}});
  EXPECT_EQ(table.rows(), 2U);
  EXPECT_EQ(ERROR_OF(ShapeError, Table({{.name = "x", .values = tensor({1.0, 2.0})},
                                        {.name = "y", .values = tensor({1.0})}})),
            "Table: column 'y' has shape (1,); expected (2,)");
  EXPECT_EQ(ERROR_OF(ValueError, Table({{.name = "x", .values = tensor({1.0})},
                                        {.name = "x", .values = tensor({1.0})}})),
            "Table: column 'x' occurs twice; expected each name once");
  EXPECT_THROW(Table({{.name = "x", .values = tensor({1.0F})}}), DTypeError);
  EXPECT_THROW(Table({{.name = "x"}}), ValueError);
}

}  // namespace
}  // namespace xgrad::test
