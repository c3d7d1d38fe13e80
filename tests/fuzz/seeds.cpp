// Writes small valid files for each target: xgrad_fuzz_seeds DIRECTORY
#include <png.h>
#include <zip.h>

#include <filesystem>
#include <functional>
#include <random>

#include "autograd/creation.hpp"
#include "autograd/ops.hpp"
#include "autograd/random.hpp"
#include "autograd/safetensors.hpp"
#include "data/image.hpp"
#include "data/npy.hpp"
#include "module_net.hpp"
#include "nn/serialization.hpp"
#include "tests/support/idx_file.hpp"
#include "tests/support/training_run.hpp"

namespace {

using namespace xgrad;

std::string root;

std::string seed(const std::string& target, const std::string& name) {
  std::filesystem::create_directories(root + "/" + target);
  return root + "/" + target + "/" + name;
}

Tensor values(DType dtype, const Shape& shape) { return randint(0, 2, shape).to(dtype); }

void write_idx() {
  constexpr std::size_t bytes_of[] = {1, 1, 0, 2, 4, 4, 8};
  for (const std::uint8_t type : std::vector<std::uint8_t>{0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E}) {
    const std::string content =
        test::idx_bytes(type, {2, 3}, std::vector<std::uint8_t>(6 * bytes_of[type - 8], 1));
    test::write_file(seed("idx", std::to_string(type)), content);
    test::write_gzip(seed("idx", std::to_string(type) + ".gz"), content);
  }
}

std::string npy(const std::string& type, const std::string& order, const std::string& shape,
                std::size_t bytes, char version = 1) {
  const std::string header =
      "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
  std::string content = "\x93NUMPY";
  content += {version, '\0', static_cast<char>(header.size()), '\0'};
  if (version > 1) content += {'\0', '\0'};
  return content + header + std::string(bytes, '\1');
}

void write_numpy() {
  std::map<std::string, Tensor> all;
  for (const DType dtype : {float32, float64, int64, uint8, boolean}) {
    const std::string name(to_string(dtype));
    all[name] = values(dtype, {2, 3});
    data::save_npy(seed("npy", name), all[name]);
  }
  for (const char* type : {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u2", "u4", "u8"})
    test::write_file(seed("npy", type), npy(std::string(">") + type, "True", "(2, 1)",
                                            2 * static_cast<std::size_t>(type[1] - '0'), 2));
  test::write_file(seed("npy", "python2"), npy("<f4", "False", "(2L,)", 8, 3));
  test::write_file(seed("npy", "scalar"), npy("|b1", "False", "()", 1));
  test::write_file(seed("npy", "large"), npy("<f8", "False", "(1152921504606846976,)", 8));

  data::save_npz(seed("npz", "all"), all);
  data::save_npz(seed("npz", "empty"), {});
  const std::string array = npy("<f4", "False", "(64,)", 256);
  for (const int method : {ZIP_CM_DEFLATE, ZIP_CM_BZIP2, ZIP_CM_LZMA}) {
    if (!zip_compression_method_supported(method, 1)) continue;
    const std::string path = seed("npz", "method" + std::to_string(method));
    zip_t* const archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    zip_source_t* const source = zip_source_buffer(archive, array.data(), array.size(), 0);
    const zip_int64_t index = zip_file_add(archive, "a.npy", source, 0);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), method, 0);
    zip_close(archive);
  }
}

void write_csv() {
  test::write_file(seed("csv", "numbers"), "1,2.5e-3\n-inf,nan\n\n +4 ,.5\r\n");
  test::write_file(seed("csv", "table"),
                   "\xEF\xBB\xBF"
                   "name,\"a \"\"b\"\", c\",,name\nred,1e309,\"x\ny\",\nNA,2,,blue\n");
}

void write_images() {
  for (const auto& [name, shape] : {std::pair("grey", Shape{3, 2}), {"colour", {3, 3, 2}}}) {
    const Tensor pixels = (100 * values(int64, shape)).to(uint8);
    data::save_image(seed("png", std::string(name) + ".png"), pixels);
    data::save_image(seed("pnm", std::string(name) + (shape.size() == 2 ? ".pgm" : ".ppm")),
                     pixels);
  }
  test::write_file(seed("pnm", "comment"), "P5 # two\n2 1 1\n" + std::string("\0\1", 2));
  test::write_file(seed("pnm", "deep"), "P6\n1 1 1000\n" + std::string("\1\2\1\2\1\2", 6));
  const std::vector<png_byte> bytes(64, 1);
  for (const png_uint_32 format : {PNG_FORMAT_GA, PNG_FORMAT_RGBA_COLORMAP, PNG_FORMAT_LINEAR_Y}) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = 2;
    image.format = format;
    image.colormap_entries = 2;
    const std::string path = seed("png", "format" + std::to_string(format));
    png_image_write_to_file(&image, path.c_str(), 0, bytes.data(), 0, bytes.data());
  }
}

void write_tensors() {
  std::map<std::string, Tensor> all;
  for (const DType dtype : {float32, float64, int64, uint8, boolean})
    all[std::string(to_string(dtype))] = values(dtype, {2, 3});
  all["scalar"] = ones({});
  all["empty"] = ones({0, 2});
  save_safetensors(seed("safetensors", "all"), all, {{"format", "pt"}});
  for (const char* type :
       {"F16", "BF16", "I8", "I16", "I32", "U16", "U32", "U64", "F8_E4M3", "F4"}) {
    std::string header =
        "{\"a\":{\"dtype\":\"" + std::string(type) + "\",\"shape\":[16],\"data_offsets\":[0,";
    const std::string digits = std::string(type).substr(std::string(type)[0] == 'B' ? 2 : 1);
    header += std::to_string(2 * std::stoi(digits)) + "]}}";
    test::write_file(seed("safetensors", type),
                     std::string{static_cast<char>(header.size()), 0, 0, 0, 0, 0, 0, 0} + header +
                         std::string(static_cast<std::size_t>(2 * std::stoi(digits)), '\1'));
  }
  nn::save(test::make_net(), seed("module", "net"));
  test::TrainingRun run;
  for (const char* name : {"first", "second"}) {
    training::save_checkpoint(seed("checkpoint", name), run.parts(), {.metadata = {{"a", "b"}}});
    run.step();
  }
}

void write_graphs() {
  std::mt19937 random(0);
  for (int i = 0; i < 64; ++i) {
    std::string bytes(48, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    test::write_file(seed("graph", std::to_string(i)), bytes);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  root = argv[1];
  manual_seed(0);
  write_idx();
  write_numpy();
  write_csv();
  write_images();
  write_tensors();
  write_graphs();
}
