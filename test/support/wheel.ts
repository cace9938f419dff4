/** A package for pip, made by python, so that a test needs no package index: `python3 wheel.py` writes the file. */
export const WHEEL_FILE = 'greet-1.0-py3-none-any.whl';
export const WHEEL_SCRIPT = `
import zipfile
info = 'greet-1.0.dist-info/'
with zipfile.ZipFile('${WHEEL_FILE}', 'w') as wheel:
    wheel.writestr('greet.py', 'word = "hello"\\n')
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: greet\\nVersion: 1.0\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(info + 'RECORD', '')
`;
