# What xgrad is built on. A missing one stops here with the Debian package that holds it.

# xgrad_require(<CMake package> <Debian package> [<option that needs it>])
macro(xgrad_require name debian_package)
  # GLOBAL: a project that adds xgrad as a subdirectory links the static libraries from outside.
  find_package(${name} QUIET GLOBAL)
  if(NOT ${name}_FOUND)
    set(without "")
    if(${ARGC} GREATER 2)
      set(without "\nor do without:\n  -D${ARGV2}=OFF")
    endif()
    message(FATAL_ERROR
      "xgrad: ${name} not found. Install it:\n  apt-get install ${debian_package}${without}")
  endif()
endmacro()

xgrad_require(Threads libc6-dev)
xgrad_require(xsimd libxsimd-dev)
xgrad_require(xtensor libxtensor-dev)
xgrad_require(xtensor-blas libxtensor-blas-dev)
xgrad_require(OpenBLAS libopenblas-dev)
xgrad_require(ZLIB zlib1g-dev)
xgrad_require(LibZip libzip-dev)
xgrad_require(PNG libpng-dev)
xgrad_require(nlohmann_json nlohmann-json3-dev)

option(XGRAD_DISTRIBUTED "Build xgrad::distributed if MPI is found" ON)
if(XGRAD_DISTRIBUTED)
  find_package(MPI QUIET COMPONENTS CXX)
  if(NOT MPI_CXX_FOUND)
    message(STATUS "xgrad: without xgrad::distributed, which needs MPI (apt-get install libopenmpi-dev)")
  endif()
endif()

# The reference BLAS has the same interface and is many times slower. openblas_get_config is
# OpenBLAS's own: it must be declared in the header and present in the library that were found.
try_compile(XGRAD_BLAS_IS_OPENBLAS
  SOURCE_FROM_CONTENT openblas.cpp [[
    #include <cblas.h>
    int main() {
      const float x = 1;
      return openblas_get_config() == nullptr || cblas_sdot(1, &x, 1, &x, 1) != 1;
    }]]
  LINK_LIBRARIES OpenBLAS::OpenBLAS
  NO_CACHE)
if(NOT XGRAD_BLAS_IS_OPENBLAS)
  message(FATAL_ERROR
    "xgrad: ${OpenBLAS_LIBRARY} with ${OpenBLAS_INCLUDE_DIR}/cblas.h is not OpenBLAS "
    "(no openblas_get_config). Install it:\n  apt-get install libopenblas-dev")
endif()

if(XGRAD_BUILD_EXAMPLES)
  xgrad_require(CLI11 libcli11-dev XGRAD_BUILD_EXAMPLES)
endif()
if(XGRAD_BUILD_BENCHMARKS)
  xgrad_require(benchmark libbenchmark-dev XGRAD_BUILD_BENCHMARKS)
endif()
if(XGRAD_BUILD_TESTS)
  xgrad_require(GTest libgtest-dev XGRAD_BUILD_TESTS)
endif()
