# Defines LibZip::LibZip: libzip and its zip.h. Debian's own package for CMake asks for programs that
# come in other Debian packages.
find_library(LibZip_LIBRARY NAMES zip)
find_path(LibZip_INCLUDE_DIR NAMES zip.h)
mark_as_advanced(LibZip_LIBRARY LibZip_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibZip REQUIRED_VARS LibZip_LIBRARY LibZip_INCLUDE_DIR)

if(LibZip_FOUND AND NOT TARGET LibZip::LibZip)
  add_library(LibZip::LibZip UNKNOWN IMPORTED)
  set_target_properties(LibZip::LibZip PROPERTIES
    IMPORTED_LOCATION "${LibZip_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibZip_INCLUDE_DIR}")
endif()
