# cmake --build build/release --target docs: writes build/release/docs/html. Warnings are errors.
find_package(Doxygen QUIET)
if(DOXYGEN_FOUND)
  set(xgrad_docs_command
    ${CMAKE_COMMAND} -E env XGRAD_VERSION=${PROJECT_VERSION} XGRAD_DOCS=${PROJECT_BINARY_DIR}/docs
    ${DOXYGEN_EXECUTABLE} docs/Doxyfile)
else()
  set(xgrad_docs_command bash -c "echo 'needs doxygen (apt-get install doxygen)' && exit 77")
endif()
if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(docs COMMAND ${xgrad_docs_command}
                    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} VERBATIM)
endif()
