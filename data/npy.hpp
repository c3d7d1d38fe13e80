#pragma once

#include <map>
#include <string>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// Arrays in the files of NumPy: .npy, one array, and .npz, a zip archive of arrays by name.
/// Source: NumPy's documentation, numpy.lib.format.
///
/// Element types and their dtypes: f2 and f4: float32; f8: float64; i1, i2, i4, i8, u2, u4 and u8:
/// int64; u1: uint8; b1: boolean; in either byte order and either order of elements. Headers as
/// Python 2 wrote them are read too. f4, f8, i8 and u1 are written, little-endian, in C order.

namespace xgrad::data {

/// Reads a .npy file of format version 1, 2 or 3. Memory grows with the content of the file,
/// whatever its header announces. Throws IoError, beginning with the path, for a missing or
/// malformed file, other element types, more than 8 dimensions and unsigned numbers above 2^63 - 1.
Tensor load_npy(const std::string& path);

/// Writes a .npy file, as numpy.save does. An existing file is replaced as a whole or left alone.
/// Throws IoError if it cannot be written, and ValueError for an undefined tensor.
void save_npy(const std::string& path, const Tensor& tensor);

/// Reads all arrays of a .npz file, stored or compressed, by name (without the ending .npy). Arrays
/// of other element types and of unsigned numbers above 2^63 - 1 are left out. Throws IoError,
/// beginning with the path and naming the array, as load_npy; also for a file that is no zip
/// archive or holds anything but .npy files, and for a name that occurs twice.
std::map<std::string, Tensor> load_npz(const std::string& path);

/// Reads one array of a .npz file. Throws IoError as load_npz, and for an array that is missing or
/// of another element type.
Tensor load_npz_array(const std::string& path, const std::string& name);

/// Writes a .npz file, uncompressed, as numpy.savez does. The same tensors give the same bytes. An
/// existing file is replaced as a whole or left alone. Throws IoError if it cannot be written, and
/// ValueError for an undefined tensor and for a name that is not UTF-8.
void save_npz(const std::string& path, const std::map<std::string, Tensor>& tensors);

}  // namespace xgrad::data
