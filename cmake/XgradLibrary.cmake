# How the libraries are compiled.

set(CMAKE_CXX_EXTENSIONS OFF)
if(PROJECT_IS_TOP_LEVEL)
  # GCC 12 warns wrongly of overlapping copies in std::string's operator+ (its bug 105651).
  add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow
                      $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
endif()
if(XGRAD_WERROR)
  add_compile_options(-Werror)
endif()
if(XGRAD_SANITIZE)
  add_compile_options(-fsanitize=${XGRAD_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${XGRAD_SANITIZE})
  # GCC would follow the variables of formulas and tables for minutes before it gives up. Between the
  # checks that it inserts it takes members of the standard library's classes for uninitialized.
  add_compile_options("$<$<CXX_COMPILER_ID:GNU>:-fno-var-tracking;-Wno-maybe-uninitialized>")
endif()

# Neither errno nor floating-point traps are read; without them loops vectorise. Never -ffast-math:
# it would break NaN and infinity. Elements of int64 wrap at 2^64, as PyTorch's and NumPy's.
set(XGRAD_COMPILE_OPTIONS -fno-math-errno -fno-trapping-math -fwrapv)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  message(NOTICE "xgrad: CMAKE_BUILD_TYPE is not set. Your own code is compiled without optimisation, "
                 "xgrad with -O3. Set it: -DCMAKE_BUILD_TYPE=Release")
  list(APPEND XGRAD_COMPILE_OPTIONS -O3 -DNDEBUG)
endif()
set(XGRAD_NATIVE_OPTIONS $<$<BOOL:${XGRAD_NATIVE}>:-march=native>)

file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include)
file(CREATE_LINK ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/include/xgrad SYMBOLIC)

# xgrad_library(<folder>): the library xgrad_<folder>, alias xgrad::<folder>, of the folder's sources.
function(xgrad_library folder)
  set(target xgrad_${folder})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  add_library(${target} ${sources})
  add_library(xgrad::${folder} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE ${XGRAD_COMPILE_OPTIONS} ${XGRAD_NATIVE_OPTIONS})
  if(BUILD_SHARED_LIBS)
    # The library calls its own functions, directly, and not those of equal names in a program that
    # includes the same headers and is compiled for another processor. Its thread-local variables,
    # which are small, have fixed places, as in a static library.
    target_compile_options(${target} PRIVATE -fno-semantic-interposition -ftls-model=initial-exec)
    set(exports ${PROJECT_SOURCE_DIR}/cmake/exports.map)
    target_link_options(${target} PRIVATE LINKER:-Bsymbolic-functions LINKER:--version-script=${exports})
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${exports})
  endif()
  # For <xgrad.hpp> and <autograd/tensor.hpp>, then for <xgrad/xgrad.hpp> and <xgrad/nn/module.hpp>.
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/xgrad>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${folder}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    INSTALL_RPATH $ORIGIN
    POSITION_INDEPENDENT_CODE ON)
endfunction()
