#include "data/npy.hpp"

#include <zip.h>

#include "autograd/support/str.hpp"
#include "data/csv.hpp"
#include "data/idx.hpp"
#include "tests/support/damage.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

/// Files written by NumPy, and what is in them.
const json& golden() {
  static const json cases = read_golden("npy.json");
  return cases;
}

/// The tensor has the dtype, shape and values that a case says, bit for bit but for NaN.
void expect_golden(const Tensor& tensor, const json& expected) {
  EXPECT_EQ(to_string(tensor.dtype()), expected["dtype"].get<std::string>());
  EXPECT_EQ(tensor.shape(), golden_shape(expected["shape"]));
  ASSERT_EQ(tensor.numel(), expected["values"].size());
  visit_dtype(tensor.dtype(), [&]<class T>(T) {
    for (std::size_t i = 0; i < tensor.numel(); ++i) {
      const json& value = expected["values"][i];
      const T found = tensor.data<T>()[i];
      if (value.is_string()) {
        const double number = std::stod(value.get<std::string>());
        EXPECT_TRUE(std::isnan(number) ? found != found : static_cast<double>(found) == number)
            << i << ": " << value;
      } else if (value.is_boolean()) {
        EXPECT_EQ(found, static_cast<T>(value.get<bool>())) << i;
      } else {
        EXPECT_EQ(found, value.get<T>()) << i;
        EXPECT_EQ(std::signbit(static_cast<double>(found)),
                  std::signbit(static_cast<double>(value.get<T>())))
            << i;
      }
    }
  });
}

/// A .npy file of version 1 with this header and these values.
std::string npy_of(const std::string& header, const std::string& values = "") {
  std::string bytes = "\x93NUMPY\1";
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header + values;
}

std::string header_of(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + "}\n";
}

const std::map<std::string, Tensor>& some_tensors() {
  static const std::map<std::string, Tensor> tensors{
      {"floats", tensor({{1.F, -0.F, 3e-45F}, {4.F, 5.F, 6.F}})},
      {"scalar", tensor(2.5)},
      {"labels", tensor({std::int64_t{1} << 62, std::int64_t{-1}})},
      {"pixels", tensor(std::vector<std::uint8_t>{0, 127, 255}, {3, 1})},
      {"empty", zeros({2, 0, 3})},
      {"eight", ones({1, 2, 1, 2, 1, 2, 1, 2})},
      {"\xc3\xa4 'quoted'", ones({1})}};
  return tensors;
}

void expect_same(const Tensor& found, const Tensor& expected) {
  EXPECT_EQ(found.dtype(), expected.dtype());
  EXPECT_EQ(found.shape(), expected.shape());
  visit_dtype(expected.dtype(), [&]<class T>(T) {
    const auto bytes = [](const Tensor& t) {
      return std::string(reinterpret_cast<const char*>(t.data<T>().data()),
                         t.data<T>().size_bytes());
    };
    EXPECT_EQ(bytes(found), bytes(expected));
  });
}

class Npy : public ::testing::Test {
 protected:
  /// A new file, since many file systems wait for the disk when one is overwritten.
  void rewrite(const std::string& bytes) const {
    std::filesystem::remove(path_);
    write_file(path_, bytes);
  }
  /// The message, after the path, of the IoError with which `load` refuses these bytes.
  template <class Load>
  std::string refusal(const std::string& bytes, Load load) const {
    rewrite(bytes);
    const std::string text = ERROR_OF(IoError, load(path_));
    EXPECT_TRUE(text.starts_with(path_ + ": ")) << text;
    return text.substr(std::min(text.size(), path_.size() + 2));
  }
  std::string refusal(const std::string& bytes) const { return refusal(bytes, data::load_npy); }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "array.npy";
};

class Npz : public Npy {
 protected:
  std::string refusal(const std::string& bytes) const {
    return Npy::refusal(bytes, data::load_npz);
  }
  /// A zip archive with a member, stored or compressed.
  std::string zip_of(const std::vector<std::pair<std::string, std::string>>& members,
                     zip_int32_t method = ZIP_CM_STORE) const {
    std::filesystem::remove(path_);
    zip_t* archive = zip_open(path_.c_str(), ZIP_CREATE | ZIP_EXCL, nullptr);
    for (const auto& [name, content] : members) {
      const zip_int64_t index = zip_file_add(
          archive, name.c_str(), zip_source_buffer(archive, content.data(), content.size(), 0), 0);
      zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), method, 0);
    }
    EXPECT_EQ(zip_close(archive), 0);
    return read_file(path_);
  }
};

TEST_F(Npy, ReadsWhatNumPyWrites) {
  std::size_t count = 0;
  for (const auto& [name, file] : golden().items()) {
    if (name.ends_with(".npz")) continue;
    SCOPED_TRACE(name);
    rewrite(from_hex(file["bytes"]));
    expect_golden(data::load_npy(path_), file["arrays"][""]);
    ++count;
  }
  EXPECT_GE(count, 60U);
}

TEST_F(Npz, ReadsWhatNumPyWrites) {
  for (const char* name :
       {"stored.npz", "compressed.npz", "none.npz", "others.npz", "others, compressed.npz"}) {
    SCOPED_TRACE(name);
    const json& file = golden().at(name);
    rewrite(from_hex(file["bytes"]));
    const auto tensors = data::load_npz(path_);
    EXPECT_EQ(tensors.size(), file["arrays"].size());
    for (const auto& [array, expected] : file["arrays"].items())
      expect_golden(tensors.at(array), expected);
  }
}

/// One array whose elements no dtype holds does not keep the others from being read.
TEST_F(Npz, ReadsWhatIsAskedForByName) {
  for (const char* name : {"others.npz", "others, compressed.npz"}) {
    SCOPED_TRACE(name);
    rewrite(from_hex(golden().at(name)["bytes"]));
    for (const auto& [array, expected] : golden().at(name)["arrays"].items())
      expect_golden(data::load_npz_array(path_, array), expected);
    const auto refusal = [&](const std::string& array) {
      const std::string text = ERROR_OF(IoError, data::load_npz_array(path_, array));
      const std::string start = path_ + ": array '" + array + "': ";
      EXPECT_TRUE(text.starts_with(start)) << text;
      return text.substr(std::min(text.size(), start.size()));
    };
    for (const auto& [array, type] : {std::pair{"complex", "<c16"},
                                      {"names", "<U3"},
                                      {"objects", "|O"},
                                      {"days", "<M8[D]"},
                                      {"long double", "<f16"}})
      EXPECT_TRUE(
          refusal(array).starts_with(std::string("elements of type '") + type + "' are not"))
          << refusal(array);
    EXPECT_EQ(refusal("large"), "holds 9223372036854775808, which is too large for int64");
    EXPECT_EQ(refusal("records"),
              "the header is not one of NumPy's at character 10: expected the type of single "
              "elements, not of records");
    const std::string text = ERROR_OF(IoError, data::load_npz_array(path_, "none"));
    expect_contains(text, {path_ + ": there is no array 'none' among ['", "'labels'", "'complex'"});
  }
}

/// What is not read is checked all the same.
TEST_F(Npz, RefusesDamageInWhatIsNotRead) {
  const std::string values(300'000, 'v');
  std::string bytes = zip_of({{"a.npy", npy_of(header_of("<c8", "(37500,)"), values)}});
  rewrite(bytes);
  EXPECT_TRUE(data::load_npz(path_).empty());
  bytes[bytes.find("vvv") + 200'000] = 'w';
  EXPECT_EQ(refusal(bytes), "array 'a': corrupt: CRC error");
}

TEST_F(Npy, NamesTheOperationWherePathsAreNone) {
  const std::string nul = path_ + std::string("\0.npy", 5);
  const auto expect_refused = [&](const std::string& operation, const auto& call) {
    EXPECT_EQ(ERROR_OF(IoError, call("")),
              operation + ": the path is empty; expected a file's name");
    EXPECT_EQ(ERROR_OF(IoError, call(nul)),
              operation + ": the path '" + path_ + "\\0.npy' holds a NUL character at index " +
                  std::to_string(path_.size()) + "; no file's name does");
  };
  expect_refused("load_npy", [](const std::string& path) { data::load_npy(path); });
  expect_refused("save_npy", [](const std::string& path) { data::save_npy(path, ones({1})); });
  expect_refused("load_npz", [](const std::string& path) { data::load_npz(path); });
  expect_refused("load_npz_array",
                 [](const std::string& path) { data::load_npz_array(path, "a"); });
  expect_refused("save_npz", [](const std::string& path) { data::save_npz(path, {}); });
  EXPECT_EQ(std::filesystem::directory_iterator(directory_.path()),
            std::filesystem::directory_iterator());
}

TEST_F(Npy, WritesTheVeryBytesOfNumPy) {
  for (const char* name : {"<f4", "<f8", "<i8", "u1", "scalar", "empty", "extremes f8"}) {
    const std::string bytes = from_hex(golden().at(name)["bytes"]);
    rewrite(bytes);
    data::save_npy(path_, data::load_npy(path_));
    EXPECT_EQ(read_file(path_), bytes) << name;
  }
}

TEST_F(Npy, ComesBackBitForBit) {
  for (const auto& [name, tensor] : some_tensors()) {
    SCOPED_TRACE(name);
    data::save_npy(path_, tensor);
    expect_same(data::load_npy(path_), tensor);
    EXPECT_EQ((read_file(path_).size() - tensor.numel() * size_of(tensor.dtype())) % 64, 0U);
  }
}

TEST_F(Npz, ComesBackBitForBit) {
  data::save_npz(path_, some_tensors());
  const std::string bytes = read_file(path_);
  const auto found = data::load_npz(path_);
  ASSERT_EQ(found.size(), some_tensors().size());
  for (const auto& [name, tensor] : some_tensors()) {
    SCOPED_TRACE(name);
    expect_same(found.at(name), tensor);
  }
  data::save_npz(path_, some_tensors());
  EXPECT_EQ(read_file(path_), bytes) << "the same tensors give the same bytes";
  data::save_npz(path_, {});
  EXPECT_TRUE(data::load_npz(path_).empty());
}

TEST_F(Npy, ReadsAnyPythonDictionary) {
  rewrite(npy_of("{ \"shape\" :( 1 , 2 ),'fortran_order':True , 'descr':\"|u1\" }", "\1\2"));
  EXPECT_EQ(data::load_npy(path_).shape(), (Shape{1, 2}));
  rewrite(npy_of("{'descr':'=i2','shape':(),'fortran_order':False,}  \n", std::string("\1\0", 2)));
  EXPECT_EQ(data::load_npy(path_).item<int>(), 1);
}

TEST_F(Npy, RefusesWhatIsNotNumPys) {
  const std::string valid = npy_of(header_of("<f4", "(2,)"), std::string(8, '\0'));
  EXPECT_EQ(refusal(""), "truncated: expected 8 bytes of preamble, found 0");
  EXPECT_EQ(refusal("PK\3\4 an archive"), "not a .npy file: expected \\x93NUMPY at its beginning");
  std::string other = valid;
  other[6] = 4;
  EXPECT_EQ(refusal(other), "format version 4.0; expected 1.0, 2.0 or 3.0");
  other[6] = 2;
  EXPECT_EQ(refusal(other), "a header of 662372408 bytes; expected at most 65536");
  EXPECT_EQ(refusal(valid.substr(0, 9)), "truncated: expected 2 bytes of header length, found 1");
  EXPECT_EQ(refusal(valid.substr(0, 30)), "truncated: expected 56 bytes of header, found 20");
  EXPECT_EQ(refusal(valid.substr(0, valid.size() - 1)),
            "truncated: expected 8 bytes for shape (2,), found 7");
  EXPECT_EQ(refusal(valid + "x"), "too long: expected 8 bytes for shape (2,), but more follow");
}

TEST_F(Npy, RefusesOtherHeaders) {
  const auto refused_header = [&](const std::string& header) { return refusal(npy_of(header)); };
  const std::string at = "the header is not one of NumPy's at character ";
  EXPECT_EQ(refused_header(""), at + "0: expected '{'");
  EXPECT_EQ(refused_header("{'descr': '<f4'"), at + "15: expected ',' or '}'");
  EXPECT_EQ(refused_header("{}"), at + "2: expected descr, fortran_order and shape before it");
  EXPECT_EQ(refused_header("{'descr': '<f4', 'descr': '<f4'}"), at + "25: expected every key once");
  EXPECT_EQ(refused_header("{'colour': 1}"),
            at + "10: expected the keys descr, fortran_order and shape");
  EXPECT_EQ(refused_header("{'descr': [('x', '<f4')]}"),
            at + "10: expected the type of single elements, not of records");
  EXPECT_EQ(refused_header("{'descr': 'f4'}"), at + "14: expected a type such as '<f4' before it");
  EXPECT_EQ(refused_header("{'fortran_order': 1}"), at + "18: expected True or False");
  EXPECT_EQ(refused_header("{'shape': (-1,)}"), at + "11: expected a whole number");
  EXPECT_EQ(refused_header("{'shape': (1 2)}"), at + "13: expected ',' or ')'");
  EXPECT_EQ(refused_header("{'shape': (99999999999999999999,)}"),
            at + "31: expected a number that can be addressed");
  EXPECT_EQ(refused_header("{'shape': (1,1,1,1,1,1,1,1,1)}"),
            at + "27: expected at most 8 dimensions");
  EXPECT_EQ(refused_header(header_of("<f4", "()") + "x"), at + "54: expected nothing more");
}

TEST_F(Npy, RefusesOtherTypes) {
  for (const char* type : {"<c8", "|O8", "<U3", "<M8", "<f16", "|f4", "<i3"})
    EXPECT_EQ(refusal(npy_of(header_of(type, "()"), std::string(8, '\0'))),
              "elements of type '" + std::string(type) +
                  "' are not supported; expected f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 or b1, "
                  "after < or >");
  EXPECT_EQ(refusal(npy_of(header_of("<u8", "(1,)"), std::string(7, '\0') + '\x80')),
            "holds 9223372036854775808, which is too large for int64");
}

TEST_F(Npy, ALyingHeaderIsNotBelieved) {
  EXPECT_EQ(refusal(npy_of(header_of("<f8", "(1000000, 1000000)"), "12345678")),
            "truncated: expected 8000000000000 bytes for shape (1000000, 1000000), "
            "found 8");
  EXPECT_EQ(refusal(npy_of(header_of("<f4", "(2147483648, 2147483648)"))),
            "shape (2147483648, 2147483648) needs more than 2^64 bytes");
}

/// What a header says of more values than memory could hold, or of none in absurd shapes.
TEST_F(Npy, AbsurdShapesAreRefusedAsTheFilesFault) {
  for (const char* type : {"<f8", "|i1", "<f2", "|b1", "<u8"})
    for (const char* shape :
         {"(9223372036854775807,)", "(18446744073709551615,)", "(4294967296, 4294967296)",
          "(1000000000000,)", "(0, 9223372036854775807, 9223372036854775807)"}) {
      SCOPED_TRACE(str(type, ' ', shape));
      rewrite(npy_of(header_of(type, shape), "12345678"));
      EXPECT_TRUE(ERROR_OF(IoError, data::load_npy(path_)).starts_with(path_ + ": "));
      refusal(npy_of(header_of(type, shape)), [](const std::string& path) {
        if (data::load_npy(path).numel() == 0) throw IoError(path + ": empty");
      });
    }
}

TEST_F(Npz, RefusesWhatIsNoArchiveOfArrays) {
  EXPECT_EQ(refusal("not a zip archive"), "not a .npz file: Not a zip archive");
  EXPECT_EQ(refusal(zip_of({{"readme.txt", "hello"}})),
            "'readme.txt' is not an array; expected names that end in .npy");
  EXPECT_EQ(refusal(zip_of({{"a.npy", "hello"}})),
            "array 'a': truncated: expected 8 bytes of preamble, found 5");
  const std::string array = npy_of(header_of("<f4", "(2,)"), std::string(8, '\0'));
  EXPECT_EQ(refusal(zip_of({{"a.npy", array + "x"}})),
            "array 'a': too long: expected 8 bytes for shape (2,), but more follow");
  std::string twice = zip_of({{"a.npy", array}, {"b.npy", array}});
  for (std::size_t at = 0; (at = twice.find("b.npy", at)) != std::string::npos;) twice[at] = 'a';
  EXPECT_EQ(refusal(twice), "not a .npz file: a name occurs twice");
  std::string corrupt = zip_of({{"a.npy", array}});
  corrupt[corrupt.find("}\n") + 2] = 'x';
  EXPECT_EQ(refusal(corrupt), "array 'a': corrupt: CRC error");
  EXPECT_EQ(ERROR_OF(IoError, data::load_npz(directory_ / "none")),
            (directory_ / "none") + ": cannot be opened: No such file or directory");
  EXPECT_EQ(ERROR_OF(IoError, data::load_npz(directory_.path())),
            directory_.path() + ": is not a regular file");
}

TEST_F(Npz, AnInflatedLieIsNotBelieved) {
  // Ten million zeros in ten thousand bytes; the array in them claims a trillion times as many.
  const std::string header = npy_of(header_of("<f8", "(1000000, 1000000, 1000000)"));
  const std::string bytes =
      zip_of({{"a.npy", header + std::string(10'000'000, '\0')}}, ZIP_CM_DEFLATE);
  EXPECT_LT(bytes.size(), 20'000U);
  EXPECT_EQ(refusal(bytes),
            "array 'a': truncated: expected 8000000000000000000 bytes for shape "
            "(1000000, 1000000, 1000000), found 10000000");
}

TEST_F(Npy, EveryDamageIsRefusedOrHarmless) {
  data::save_npy(path_, tensor({{1.F, 2.F, 3.F}, {4.F, 5.F, 6.F}}));
  expect_damage_is_noticed(path_, read_file(path_), 70, [&](const std::string& bytes) {
    const std::size_t values = bytes.size() - static_cast<std::size_t>(bytes[8]) - 10;
    const std::size_t numel = data::load_npy(path_).numel();
    EXPECT_TRUE(values % numel == 0 && values / numel <= 8) << values << ' ' << numel;
  });
}

TEST_F(Npz, EveryDamageIsRefusedOrHarmless) {
  const Tensor expected = tensor({{1.F, 2.F, 3.F}, {4.F, 5.F, 6.F}});
  data::save_npz(path_, {{"a", expected}});
  const std::string valid = read_file(path_);
  expect_damage_is_noticed(path_, valid, valid.size(), [&](const std::string&) {
    for (const auto& [name, tensor] : data::load_npz(path_)) expect_same(tensor, expected);
  });
}

/// Files are closed when they are read, and also when zlib or libzip refuses them.
TEST_F(Npz, NoFileStaysOpen) {
  const auto open_files = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  const auto before = open_files();
  const std::string idx = directory_ / "idx";
  write_file(idx, std::string("\0\0\10\1\0\0\0\1\7", 9));
  write_file(directory_ / "text", "1,2\n");
  data::save_npz(path_, {{"a", ones({2})}});
  data::load_npz(path_);
  data::load_npz_array(path_, "a");
  data::load_idx(idx);
  data::load_csv(directory_ / "text");
  for (const std::string& wrong : {idx, directory_ / "text", directory_.path(), path_ + "/x"}) {
    EXPECT_THROW(data::load_npz(wrong), IoError);
    EXPECT_THROW(data::load_npz_array(wrong, "b"), IoError);
    EXPECT_THROW(data::load_npy(wrong), IoError);
    EXPECT_THROW(data::save_npz(wrong + "/no/y", {}), IoError);
  }
  EXPECT_THROW(data::load_idx(path_), IoError);
  EXPECT_EQ(open_files(), before);
}

TEST_F(Npz, AFailedSaveLeavesTheOldFile) {
  data::save_npz(path_, {{"a", ones({2})}});
  const std::string before = read_file(path_);
  EXPECT_EQ(ERROR_OF(ValueError, data::save_npz(path_, {{"a", zeros({2})}, {"b", Tensor()}})),
            "save_npz: " + path_ + ": array 'b' is undefined; assign it a value first");
  EXPECT_TRUE(ERROR_OF(ValueError, data::save_npz(path_, {{"\xff", ones({1})}}))
                  .starts_with("save_npz: " + path_ + ": '\xff' cannot be the name of an array ("));
  EXPECT_EQ(ERROR_OF(ValueError, data::save_npy(path_, Tensor())),
            "save_npy: " + path_ + ": the tensor is undefined; assign it a value first");
  EXPECT_EQ(read_file(path_), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

}  // namespace
}  // namespace xgrad::test
