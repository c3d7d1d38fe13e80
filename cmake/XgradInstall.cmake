# cmake --install: the libraries, the headers, and the package that find_package(xgrad) reads.

include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/xgrad)

install(TARGETS xgrad_autograd xgrad_nn xgrad_optim xgrad_data xgrad_training xgrad
        EXPORT xgradTargets)
install(EXPORT xgradTargets NAMESPACE xgrad:: DESTINATION ${package_dir})

install(FILES xgrad.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/xgrad)
install(DIRECTORY autograd nn optim data training DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/xgrad
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
