# cmake --install: the libraries, the headers, and the package that find_package(xgrad) reads.

include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/xgrad)

install(TARGETS xgrad_autograd xgrad_nn xgrad_optim xgrad_data xgrad_training xgrad
        EXPORT xgradTargets)
install(EXPORT xgradTargets NAMESPACE xgrad:: DESTINATION ${package_dir})
# Apart: whoever does not ask for the component needs no MPI.
set(folders autograd nn optim data training)
if(TARGET xgrad_distributed)
  list(APPEND folders distributed)
  install(TARGETS xgrad_distributed EXPORT xgradDistributedTargets)
  install(EXPORT xgradDistributedTargets NAMESPACE xgrad:: DESTINATION ${package_dir})
endif()

install(FILES xgrad.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/xgrad)
install(DIRECTORY ${folders} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/xgrad
        FILES_MATCHING PATTERN *.hpp)

configure_package_config_file(cmake/xgradConfig.cmake.in ${PROJECT_BINARY_DIR}/xgradConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/xgradConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/xgradConfig.cmake
              ${PROJECT_BINARY_DIR}/xgradConfigVersion.cmake
              cmake/FindLibZip.cmake
              cmake/FindOpenBLAS.cmake
        DESTINATION ${package_dir})

install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs
        PATTERN Doxyfile EXCLUDE PATTERN links.sed EXCLUDE)

# For pkg-config. A static library leaves its own dependencies to whoever links it.
set(pc_libs "-lxgrad_training -lxgrad_nn -lxgrad_optim -lxgrad_data -lxgrad_autograd")
if(NOT BUILD_SHARED_LIBS)
  string(APPEND pc_libs " -lopenblas -lz -lzip -lpng -pthread")
endif()
file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/xgrad.pc.in ${PROJECT_BINARY_DIR}/xgrad.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/xgrad.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Removes what the last `cmake --install` wrote. CMake's own list is also that of cpack.
if(PROJECT_IS_TOP_LEVEL)
  set(installed ${PROJECT_BINARY_DIR}/installed.txt)
  install(CODE "
    if(NOT DEFINED ENV{DESTDIR})
      string(REPLACE \";\" \"\\n\" files \"\${CMAKE_INSTALL_MANIFEST_FILES}\")
      file(WRITE ${installed} \"\${files}\")
    endif()")
  add_custom_target(uninstall COMMAND xargs --delimiter=\\n rm --force --verbose < ${installed} VERBATIM)
endif()

# A Debian package: cpack -G DEB. One for other machines than this is built with -DXGRAD_NATIVE=OFF.
set(CPACK_PACKAGE_NAME libxgrad-dev)
set(CPACK_PACKAGE_CONTACT "The xgrad authors <xgrad@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS libopenmpi-dev)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libc6-dev, libxsimd-dev, libxtensor-dev, libxtensor-blas-dev")
if(BUILD_SHARED_LIBS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
else()
  string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS
         ", libopenblas-dev, zlib1g-dev, libzip-dev, libpng-dev")
endif()
include(CPack)
